/*-------------------------------------------------------------------------
 *
 * array_tree.h
 *	  Parse trees of statements that were printed by the server.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_ARRAY_TREE_H
#define PGM_ARRAY_TREE_H

#include "nodes/nodes.h"

extern void pgm_keep_array_trees(Node *stmt);

#endif							/* PGM_ARRAY_TREE_H */
