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
 * 17 can give an operator that exists a commutator, a negator, HASHES and
 * MERGES (2b5154beab).
 */
#define PGM_CAN_ALTER_OPERATOR (PG_VERSION_NUM >= 170000)

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
 * 18 put what does not return in front of the declaration (15a79c73111f).
 */
#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
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

/*
 * 16 gave collations rules (30a53b7929), 17 one column for the locales of all
 * providers but libc (f696c0cd5f).
 */
#if PG_VERSION_NUM >= 170000
#define PGM_COLL_LOCALE "c.colllocale"
#else
#define PGM_COLL_LOCALE "c.colliculocale"
#endif
#if PG_VERSION_NUM >= 160000
#define PGM_COLL_ICU_RULES "c.collicurules"
#else
#define PGM_COLL_ICU_RULES "NULL::text"
#endif

/*
 * 17 made MAINTAIN a privilege (ecb0fd3372).
 */
#ifndef ACL_MAINTAIN
#define ACL_MAINTAIN ACL_NO_RIGHTS
#endif

/*
 * Columns of catalogs that older servers lack, as expressions for queries:
 * p is pg_publication, r pg_publication_rel and s pg_subscription.  A part of
 * a statement stands here when only some servers accept it.
 *
 * 16 added to subscriptions where changes may come from (366283961a), whether
 * a password must be given (c3afe8cf5a) and with whose rights it runs
 * (482675987b); 17 the failover of slots (776621a5e4); 18 the publishing of
 * generated columns (7054186c4e), and it streams in parallel by default; 19
 * publications of all sequences and of all tables except some, and to
 * subscriptions the retention of dead tuples, the timeout of the receiver
 * (fb80f388f4) and servers.
 */
#if PG_VERSION_NUM < 160000
#define PGM_SUBSCRIPTION_ORIGIN "'any'"
#define PGM_SUBSCRIPTION_NEEDS_PASSWORD "true"
#define PGM_SUBSCRIPTION_RUNS_AS_OWNER "false"
#else
#define PGM_SUBSCRIPTION_ORIGIN "s.suborigin"
#define PGM_SUBSCRIPTION_NEEDS_PASSWORD "s.subpasswordrequired"
#define PGM_SUBSCRIPTION_RUNS_AS_OWNER "s.subrunasowner"
#endif
#if PG_VERSION_NUM < 170000
#define PGM_SUBSCRIPTION_FAILOVER "false"
#else
#define PGM_SUBSCRIPTION_FAILOVER "s.subfailover"
#endif
#if PG_VERSION_NUM < 180000
#define PGM_PUBLICATION_GENERATED_COLUMNS "NULL"
#define PGM_NO_GENERATED_COLUMNS ""
#define PGM_SUBSCRIPTION_STREAMING "off"
#else
#define PGM_PUBLICATION_GENERATED_COLUMNS "p.pubgencols"
#define PGM_NO_GENERATED_COLUMNS ", publish_generated_columns = none"
#define PGM_SUBSCRIPTION_STREAMING "parallel"
#endif
#if PG_VERSION_NUM < 190000
#define PGM_PUBLICATION_ALL_SEQUENCES "false"
#define PGM_PUBLICATION_EXCEPT "false"
#define PGM_SUBSCRIPTION_RETAINS "false"
#define PGM_SUBSCRIPTION_MAX_RETENTION "0"
#define PGM_SUBSCRIPTION_TIMEOUT "'-1'"
#define PGM_SUBSCRIPTION_SERVER "0::oid"
#else
#define PGM_PUBLICATION_ALL_SEQUENCES "p.puballsequences"
#define PGM_PUBLICATION_EXCEPT "r.prexcept"
#define PGM_SUBSCRIPTION_RETAINS "s.subretaindeadtuples"
#define PGM_SUBSCRIPTION_MAX_RETENTION "s.submaxretention"
#define PGM_SUBSCRIPTION_TIMEOUT "s.subwalrcvtimeout"
#define PGM_SUBSCRIPTION_SERVER "s.subserver"
#endif

/*
 * 18 can have constraints that are NOT ENFORCED (ca87c415e2).
 */
#if PG_VERSION_NUM >= 180000
#define PGM_SQL_CONENFORCED "c.conenforced"
#else
#define PGM_SQL_CONENFORCED "true"
#endif

/*
 * 17 lets partitions share the identity column of their table (699586315704).
 */
#define PGM_PARTITIONS_SHARE_IDENTITY (PG_VERSION_NUM >= 170000)

/*
 * 17 can change the expression of a generated column (5d06e99a3c).
 */
#define PGM_CAN_SET_EXPRESSION (PG_VERSION_NUM >= 170000)

/*
 * 18 made NOT NULL of a table's column a constraint (14e87ffa5c).  For the
 * query of columns: r is the table and has relname and relispartition, a the
 * column.
 */
#if PG_VERSION_NUM >= 180000
#define PGM_NOT_NULL \
	"CASE WHEN a.attnotnull THEN" \
	" CASE WHEN nn.conname <> r.relname || '_' || a.attname || '_not_null'" \
	"  AND (nn.conislocal OR r.relispartition)" \
	"  THEN 'CONSTRAINT ' || quote_ident(nn.conname) || ' ' ELSE '' END || 'NOT NULL'" \
	" || CASE WHEN nn.connoinherit THEN ' NO INHERIT' ELSE '' END" \
	" || CASE WHEN NOT nn.convalidated THEN ' NOT VALID' ELSE '' END END"
#define PGM_NOT_NULL_NAME "quote_ident(nn.conname)"
#define PGM_NOT_NULL_LOCAL "CASE WHEN nn.conislocal OR r.relispartition THEN 'local' END"
#define PGM_NOT_NULL_JOIN \
	" LEFT JOIN pg_constraint nn ON nn.conrelid = a.attrelid AND nn.contype = 'n'" \
	" AND nn.conkey[1] = a.attnum"
#else
#define PGM_NOT_NULL "CASE WHEN a.attnotnull THEN 'NOT NULL' END"
#define PGM_NOT_NULL_NAME "NULL::text"
#define PGM_NOT_NULL_LOCAL "'local'::text"
#define PGM_NOT_NULL_JOIN ""
#endif

#endif							/* PGM_COMPAT_H */
