/*-------------------------------------------------------------------------
 *
 * kind.h
 *	  What there is in a database, kind by kind: how objects of a kind are
 *	  read, compared, made, changed and dropped.
 *
 * An object is what has a life of its own: a table, but also each of its
 * columns, a default, a constraint, an index, a trigger.  It is read as one
 * row: see PgmKind.query.  Nothing in it that is compared or written depends
 * on an OID.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGM_KIND_H
#define PGM_KIND_H

#include "catalog/objectaddress.h"
#include "nodes/pg_list.h"
#include "utils/acl.h"

typedef struct PgmKind PgmKind;
typedef struct PgmObject PgmObject;
typedef struct PgmWriter PgmWriter;

/* how an object gets from what it is to what it should be */
typedef enum PgmWay
{
	PGM_SAME,
	PGM_ALTER,					/* in place */
	PGM_DISTURB,				/* in place, while what depends on it is away */
	PGM_REMAKE,					/* the old one is renamed aside until its data
								 * have moved to the new one */
	PGM_REPLACE					/* dropped, with what depends on it, and made
								 * again */
} PgmWay;

/*
 * Rows of a catalog that initdb has not made.
 */
typedef struct PgmPresence
{
	Oid			catalog;		/* its first column is an OID */
	AttrNumber	schema;			/* column of the schema; 0: of any schema */
	AttrNumber	letter;			/* column of type "char"; 0: all rows count */
	const char *letters;		/* what that column has in the rows that count */
} PgmPresence;

/*
 * A part of an object that can change alone.
 *
 * In the texts, %i stands for the identity, %o for the object as statements
 * name it ("TABLE public.asset"), %n for the name alone, %p for the identity
 * of the parent, %v for the wanted value and %w for the value it had; %% is a
 * percent sign.
 */
typedef struct PgmPart
{
	const char *name;			/* for users: "default", "owner" */
	const char *clause;			/* added to the CREATE statement when there is
								 * a value; NULL: not said there */
	const char *set;			/* statement that sets a value; NULL: cannot be
								 * changed in place */
	const char *unset;			/* statement that takes the value away; NULL:
								 * cannot */
} PgmPart;

/* flags of a kind */
#define PGM_GLOBAL			0x0001	/* in no schema */
#define PGM_HOLDS_DATA		0x0002	/* never dropped to change it */
#define PGM_FOLLOWS_TYPE	0x0004	/* is kept when the type of a column that
									 * it uses changes */
#define PGM_FOLDS			0x0008	/* can be made inside its parent's CREATE */
#define PGM_NAMES_RELATION	0x0010	/* its identity is the name of a relation */
#define PGM_NAMES_TYPE		0x0020	/* ... of a type */
#define PGM_NAMES_ROUTINE	0x0040	/* ... of a function, procedure, aggregate */
#define PGM_NO_DROP			0x0080	/* is never dropped by default */
#define PGM_OR_REPLACE		0x0100	/* PGM_ALTER runs CREATE again, which
									 * replaces what is there */
#define PGM_SPREADS			0x0400	/* what becomes of what it needs becomes of
									 * its parent (an attribute of a type) */
#define PGM_RELEASES		0x0200	/* a tie that must be cut when only one of
									 * its ends goes: its DROP is written as
									 * long as its parent stays */
#define PGM_LETS_GO			0x0800	/* once aside, does not need routines any
									 * more */

/*
 * A kind of object.
 *
 * "query" reads all objects of the kind.  $1 is an oid[] of the schemas to
 * read (kinds with PGM_GLOBAL ignore it).  It runs with search_path set to
 * pg_catalog, so built-in names need no qualification, and everything that
 * pg_get_*def(), format_type() and regclass/regtype/regprocedure output print
 * is qualified.  Its columns, by position:
 *
 *	 1 objid		oid		of the catalog "classid"
 *	 2 objsubid		int4	0, or the number of a column
 *	 3 parent		oid		the object it is a piece of, of the catalog
 *							"parent_class"; NULL: none
 *	 4 parentsub	int4
 *	 5 schema		text	name of the schema, not quoted; NULL: none
 *	 6 name			text	its own name, quoted as needed
 *	 7 identity		text	unique among the objects of the kind: qualified and
 *							quoted, public.asset, public.f(integer); a
 *							piece's is parent's identity.name
 *	 8 target		text	how COMMENT ON, DROP and ALTER name it; NULL: the
 *							kind's word and the identity
 *	 9 definition	text	what cannot be changed in place; when the kind has
 *							no "create", the CREATE statement, without what
 *							parts say
 *	10 owner		oid		NULL: has none
 *	11 acl			aclitem[]	NULL: the default, or has none
 *	12 parts		text[]	one for each of "parts"; NULL: not set.  What is
 *							the default should be NULL
 *	13 after		oid[]	objects that it is made and changed after, beyond
 *							those of pg_depend: classid, objid, objsubid, ...
 *							Dropping these does not touch it
 *	14 claims		text	qualified name of a relation that it makes, if that
 *							is not its identity (the index of a constraint)
 *	15 extra		text[]	what else the functions below want to know of the
 *							object; is not compared
 *
 * "present" says where there is something if the schemas have an object of the
 * kind, so that its query need not even be planned if there is nothing; not
 * set: usually they have one.
 *
 * Members of extensions are left out by the reader; a query that makes
 * costly texts leaves them out itself, with PGM_NOT_MEMBER.
 */
struct PgmKind
{
	const char *name;			/* for users and filters: "table" */
	const char *word;			/* SQL: "TABLE", "MATERIALIZED VIEW" */
	Oid			classid;
	Oid			parent_class;
	int			rank;			/* among what could be made next, lower first;
								 * see the table of kinds */
	int			flags;
	PgmPresence present[2];		/* the one or the other */
	const char *query;
	const PgmPart *parts;
	int			nparts;
	ObjectType	acl_type;		/* for acldefault(); see has_acl */
	bool		has_acl;

	/*
	 * Each may be NULL.  "create" writes the statement that makes it;
	 * default: the definition and the clauses of its parts.  "inside" are
	 * objects with PGM_FOLDS that are made with it.  "drop" writes the
	 * statement that drops it; default: DROP target.  "way" says how to get
	 * from one to the other when they differ; default: PGM_ALTER when the
	 * definitions are the same and each part that differs has a "set" (or
	 * "unset"), else PGM_REPLACE.  "alter" writes that, for PGM_ALTER and
	 * PGM_DISTURB; default: the set and unset of each part that differs.
	 * "aside" renames it aside, and "leave" moves data from the one aside
	 * (which is "from") and drops it, for PGM_REMAKE.
	 */
	void		(*create) (PgmWriter *w, const PgmObject *obj, List *inside);
	void		(*drop) (PgmWriter *w, const PgmObject *obj);
	PgmWay		(*way) (const PgmObject *from, const PgmObject *to);
	void		(*alter) (PgmWriter *w, const PgmObject *from, const PgmObject *to);
	void		(*aside) (PgmWriter *w, const PgmObject *from);
	void		(*leave) (PgmWriter *w, const PgmObject *from, const PgmObject *to);

	/*
	 * Says of one object of a kind with PGM_HOLDS_DATA that it holds none of
	 * its own (a generated column), so that it may be replaced.
	 */
	bool		(*derived) (const PgmObject *obj);

	/*
	 * Says of one object of a kind with PGM_FOLDS whether it can be made
	 * inside its parent's CREATE; NULL: always.
	 */
	bool		(*folds) (const PgmObject *obj);

	/*
	 * Shell: a statement that must stand before what its own CREATE needs
	 * (the functions of a base type); NULL: none.  "in_circle" says of one
	 * object whether it must; NULL: always.  One that says so is also made a
	 * shell again before what it needs can be dropped.
	 */
	void		(*shell) (PgmWriter *w, const PgmObject *obj);
	bool		(*in_circle) (const PgmObject *obj);
};

struct PgmObject
{
	const PgmKind *kind;
	ObjectAddress address;
	ObjectAddress parent_address;
	PgmObject  *parent;			/* or NULL */
	const char *schema;
	const char *name;
	const char *identity;
	const char *target;
	const char *definition;
	const char **parts;			/* kind->nparts of them */
	const char *claims;
	const char **extra;
	int			nextra;
	Oid			owner;
	Acl		   *acl;
	const char *comment;
	List	   *labels;			/* of char *: provider and label, in turn */
	List	   *needs;			/* of PgmObject *: must exist before it */
	List	   *needed_by;		/* the reverse */
	List	   *after;			/* of PgmObject *: comes after these, no more */
	List	   *carries;		/* of PgmObject *: the reverse of carriers */
	List	   *pieces;			/* of PgmObject *: those it is the parent of */
	List	   *carriers;		/* of PgmObject *: when one of these goes, this
								 * goes with it, unasked (an automatic or
								 * internal dependency) */
	int			number;			/* in its snapshot, from 0 */
	bool		outside;		/* does not pass the filter, but a piece of it
								 * does */
	/* for the comparison */
	PgmObject  *other;			/* of the same identity in the other snapshot */
	bool		remade;			/* the way from one to the other is PGM_REMAKE */
	bool		made;			/* wanted, and created on the way there */
};

/*
 * A condition that leaves out members of extensions.  OFFSET keeps it from
 * becoming a join, which would read all of pg_depend for a kind that a schema
 * has no object of; asked of each row, it is a look into an index.
 */
#define PGM_NOT_MEMBER(class, oid) \
	" NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '" class "'::regclass" \
	" AND e.objid = " oid " AND e.objsubid = 0 AND e.deptype = 'e' OFFSET 0) "

/*
 * The columns of a relation, as "a" in FROM.  OFFSET makes it one look into the
 * index for each relation: pg_attribute has the columns of all others, too.
 */
#define PGM_COLUMNS_OF(oid) \
	" LATERAL (SELECT attrelid, attname, attnum, atttypid, atttypmod, attcollation," \
	"  attnotnull, attgenerated, attidentity, attstorage, attcompression, attstattarget," \
	"  attinhcount, attislocal, attacl, attoptions, attfdwoptions" \
	"  FROM pg_attribute WHERE attrelid = " oid " AND attnum > 0 AND NOT attisdropped" \
	"  OFFSET 0) a"

/* values of PgmKind.present: some row of a catalog, in the schemas or anywhere */
#define PGM_SOME_RELATION(kinds) \
	{RelationRelationId, Anum_pg_class_relnamespace, Anum_pg_class_relkind, kinds}
#define PGM_SOME_TYPE(kinds) \
	{TypeRelationId, Anum_pg_type_typnamespace, Anum_pg_type_typtype, kinds}
#define PGM_SOME_ROUTINE(kinds) \
	{ProcedureRelationId, Anum_pg_proc_pronamespace, Anum_pg_proc_prokind, kinds}
#define PGM_SOME(catalog, schema) {catalog, schema, InvalidAttrNumber, NULL}
#define PGM_ANY(catalog) {catalog, InvalidAttrNumber, InvalidAttrNumber, NULL}

/* a composite type, which a table may be of */
#define PGM_ANY_COMPOSITE_TYPE \
	{RelationRelationId, InvalidAttrNumber, Anum_pg_class_relkind, "c"}

/* kinds.c: the table of kinds, in the order of their rank */
extern const PgmKind *const pgm_kinds[];
extern const int pgm_nkinds;
extern const PgmKind *pgm_kind_named(const char *name);
extern int	pgm_kind_place(const PgmKind *kind);

/*
 * diff/write.c: statements, without their semicolons.  What the last
 * pgm_write() wrote is the statement that pgm_write_more() adds to.
 * A hazard is said before the statement that it is for.
 */
typedef enum PgmHazard
{
	PGM_LOSES_DATA,				/* "deletes data" */
	PGM_MAY_FAIL,				/* "can fail on data" */
	PGM_REWRITES,				/* "rewrites the table" */
	PGM_LOCKS,					/* "blocks writers while it reads the table" */
	PGM_DECIDE					/* the author must fill something in */
} PgmHazard;

extern void pgm_write(PgmWriter *w, const char *fmt,...) pg_attribute_printf(2, 3);
extern void pgm_write_joined(PgmWriter *w, const char *begin);
extern void pgm_write_more(PgmWriter *w, const char *fmt,...) pg_attribute_printf(2, 3);
extern void pgm_write_hazard(PgmWriter *w, PgmHazard hazard, const char *fmt,...) pg_attribute_printf(3, 4);

/* how the object that is being written gets from one to the other */
extern PgmWay pgm_way_written(const PgmWriter *w);

/* what there was before the first statement; NULL: what there is now */
extern const struct PgmSnapshot *pgm_base_written(const PgmWriter *w);

/* the defaults above, for kinds that do a little more */
extern void pgm_write_create(PgmWriter *w, const PgmObject *obj, List *inside);
extern void pgm_write_drop(PgmWriter *w, const PgmObject *obj);
extern void pgm_write_alter(PgmWriter *w, const PgmObject *from, const PgmObject *to);
extern PgmWay pgm_default_way(const PgmObject *from, const PgmObject *to);
extern void pgm_write_part(PgmWriter *w, const char *text, const PgmObject *obj,
						   const char *value, const char *old_value);
extern bool pgm_same_text(const char *a, const char *b);

#endif							/* PGM_KIND_H */
