/*-------------------------------------------------------------------------
 *
 * compat.h
 *	  The differences between server versions, and nothing else.
 *
 * This is the only file that names a server version.  Each entry says what
 * changed and in which commit; a shim is named after the newest interface.
 * PostgreSQL 15.1 is the oldest supported release.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_COMPAT_H
#define PGM_COMPAT_H

#include "catalog/pg_database.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/acl.h"

/*
 * 16 took the macros for varlena datums out of postgres.h (d952373a98).
 */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#if PG_VERSION_NUM < 150001
#error "pgmigrate needs PostgreSQL 15.1 or later"
#endif

/*
 * 16 made the right to SET ROLE an option of a membership of its own
 * (3d14e171e9); before, every member could.
 */
#if PG_VERSION_NUM < 160000
#define member_can_set_role(member, role) is_member_of_role(member, role)
#endif

/*
 * 16 made the checks of ownership one function for all kinds of objects
 * (c727f511bd).
 */
#if PG_VERSION_NUM < 160000
#include "catalog/pg_class.h"
#define object_ownercheck(classid, objectid, roleid) \
	(AssertMacro((classid) == RelationRelationId), pg_class_ownercheck(objectid, roleid))
#endif

/*
 * 17 replaced backend ids by numbers of PGPROC slots (024c521117), which also
 * moved the local xid, made the right to REINDEX one that can be granted
 * (ecb0fd3372), and added an argument that asks for stronger locks too.
 */
#if PG_VERSION_NUM < 170000
#define pgm_vxid_backend(vxid) ((vxid).backendId)
#define pgm_local_xid() (MyProc->lxid)
#define pgm_may_maintain(relid) \
	object_ownercheck(RelationRelationId, relid, GetUserId())
#define pgm_lock_held_by_me(tag, mode) LockHeldByMe(tag, mode)
#else
#define pgm_vxid_backend(vxid) ((vxid).procNumber)
#define pgm_local_xid() (MyProc->vxid.lxid)
#define pgm_may_maintain(relid) \
	(pg_class_aclcheck(relid, GetUserId(), ACL_MAINTAIN) == ACLCHECK_OK)
#define pgm_lock_held_by_me(tag, mode) LockHeldByMe(tag, mode, false)
#endif

/*
 * 19 replaced CLUSTER by REPACK in the parse tree.
 */
#if PG_VERSION_NUM < 190000
#define pgm_is_cluster(stmt) IsA(stmt, ClusterStmt)
#define pgm_is_cluster_all(stmt) \
	(IsA(stmt, ClusterStmt) && ((ClusterStmt *) (stmt))->relation == NULL)
#else
#define pgm_is_cluster(stmt) IsA(stmt, RepackStmt)
#define pgm_is_cluster_all(stmt) \
	(IsA(stmt, RepackStmt) && ((RepackStmt *) (stmt))->relation == NULL)
#endif

/*
 * 16 added allocation macros that take the type (2016055a92); later minor
 * releases of 15 have them too.
 */
#ifndef palloc_object
#define palloc_object(type) ((type *) palloc(sizeof(type)))
#endif
#ifndef palloc0_object
#define palloc0_object(type) ((type *) palloc0(sizeof(type)))
#endif
#ifndef palloc_array
#define palloc_array(type, count) ((type *) palloc(mul_size(sizeof(type), count)))
#endif
#ifndef palloc0_array
#define palloc0_array(type, count) ((type *) palloc0(mul_size(sizeof(type), count)))
#endif

#endif							/* PGM_COMPAT_H */
