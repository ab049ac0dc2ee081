--
-- demo.sql
--
-- The tour of "make demo": an application that keeps assets, from its first
-- revision to a merge of two branches.  It is run on an empty database by a
-- superuser; every command is printed before its result.
--
\set ON_ERROR_STOP 1
\set QUIET 1
\set ECHO queries
\pset linestyle ascii
\pset border 1
\pset footer off
\pset null '-'
\echo
\echo '======================================================================='
\echo ' pgmigrate: Alembic''s workflow inside PostgreSQL'
\echo '======================================================================='
\echo
\echo 'Instead of "alembic init":'
\echo
CREATE EXTENSION pgmigrate;

\echo
\echo '-----------------------------------------------------------------------'
\echo ' 1. The first revision (alembic revision -m ...)'
\echo '-----------------------------------------------------------------------'
\echo
\echo 'The scripts are text in a table.  They are parsed when they are written.'
\echo 'An id is made up unless one is given.'
\echo
SELECT migrate_revision('Initial schema with all tables',
    rev_id => '1975ea83b712',
    upgrade => $$
        CREATE TABLE customer (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL
        );
        CREATE TABLE asset_type (
            id int PRIMARY KEY,
            name text NOT NULL UNIQUE
        );
        CREATE TABLE asset (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            customer_id bigint NOT NULL REFERENCES customer,
            asset_type_id int NOT NULL REFERENCES asset_type,
            balance numeric(14, 2) NOT NULL DEFAULT 0
        );
    $$,
    downgrade => $$
        DROP TABLE asset;
        DROP TABLE asset_type;
        DROP TABLE customer;
    $$);

\echo 'Run it (alembic upgrade head):'
\echo
SELECT step, direction, revision, message FROM migrate_upgrade('head');

\echo '-----------------------------------------------------------------------'
\echo ' 2. More revisions: a column, and reference data'
\echo '-----------------------------------------------------------------------'
\echo
SELECT migrate_revision('Add new column to asset table',
    rev_id => '2ec8169a394e',
    upgrade => 'ALTER TABLE asset ADD COLUMN opened_on date',
    downgrade => 'ALTER TABLE asset DROP COLUMN opened_on');

SELECT migrate_revision('Seed asset types reference data',
    rev_id => '7de8469a594f',
    upgrade => $$
        INSERT INTO asset_type (id, name) VALUES
            (1, 'CHECKING_ACCOUNTS'),
            (2, 'SAVINGS_ACCOUNTS'),
            (3, 'REAL_ESTATE');
    $$,
    downgrade => $$
        DELETE FROM asset_type WHERE id IN (1, 2, 3);
    $$);

\echo 'What would run?  Nothing is changed by asking:'
\echo
SELECT step, direction, revision, message FROM migrate_plan('head');

\echo 'Run it:'
\echo
SELECT step, direction, revision, message FROM migrate_upgrade('head');
TABLE asset_type;

\echo '-----------------------------------------------------------------------'
\echo ' 3. Where are we?'
\echo '-----------------------------------------------------------------------'
\echo
SELECT revision, message, status FROM migrate_current();
SELECT revision, message, status, applied FROM migrate_history();

\echo '-----------------------------------------------------------------------'
\echo ' 4. One step back; and the version alone, without running anything'
\echo '-----------------------------------------------------------------------'
\echo
SELECT step, direction, revision, message FROM migrate_downgrade('-1');
TABLE asset_type;
SELECT revision, message, status FROM migrate_current();

\echo 'Say that the database is at the head, whatever is in it (alembic stamp):'
\echo
SELECT step, direction, revision, message FROM migrate_stamp('head');
SELECT revision, message, status FROM migrate_current();

\echo 'That was not true, so take it back and do it properly:'
\echo
SELECT step, direction, revision FROM migrate_stamp('2ec8169a394e');
SELECT step, direction, revision FROM migrate_upgrade();

\echo '-----------------------------------------------------------------------'
\echo ' 5. A revision that fails leaves nothing behind'
\echo '-----------------------------------------------------------------------'
\echo
\echo 'A script that cannot run at all is refused when it is written:'
\echo
\set ON_ERROR_STOP 0
SELECT migrate_revision('A typing error',
    rev_id => '93d0f1c6a2be',
    upgrade => $$
        CREATE TABLE portfolio (id int PRIMARY KEY);
        ALTER TABEL asset ADD COLUMN portfolio_id int;
    $$);
\set ON_ERROR_STOP 1

\echo
\echo 'This one can be parsed, but its second statement fails when it runs:'
\echo
SELECT migrate_revision('Link assets to portfolios',
    rev_id => '93d0f1c6a2be',
    upgrade => $$
        CREATE TABLE portfolio (id int PRIMARY KEY);
        ALTER TABLE asset ADD COLUMN portfolio_id int REFERENCES portfolios;
    $$,
    downgrade => '');

\set ON_ERROR_STOP 0
SELECT * FROM migrate_upgrade('head');
\set ON_ERROR_STOP 1

\echo
\echo 'No table, no column, no new version:'
\echo
SELECT to_regclass('portfolio') AS portfolio, revision, message
  FROM migrate_current();

\echo 'It was never applied, so it may be corrected:'
\echo
SELECT migrate_edit('93d0',
    upgrade => $$
        CREATE TABLE portfolio (id int PRIMARY KEY);
        ALTER TABLE asset ADD COLUMN portfolio_id int REFERENCES portfolio;
    $$,
    downgrade => $$
        ALTER TABLE asset DROP COLUMN portfolio_id;
        DROP TABLE portfolio;
    $$);

\echo 'Runs are part of your own transaction.  Try it, look at it, forget it:'
\echo
BEGIN;
SELECT step, direction, revision, message FROM migrate_upgrade('head');
SELECT count(*) AS columns FROM information_schema.columns
 WHERE table_name = 'asset';
ROLLBACK;
SELECT revision, message FROM migrate_current();

\echo '-----------------------------------------------------------------------'
\echo ' 6. Two branches and a merge'
\echo '-----------------------------------------------------------------------'
\echo
\echo 'Two people start from the same revision.  The second one has to say so:'
\echo
SELECT migrate_revision('Add currency table',
    rev_id => 'a41c0de5b7f3', head => '7de8469a594f', splice => true,
    upgrade => 'CREATE TABLE currency (code char(3) PRIMARY KEY)',
    downgrade => 'DROP TABLE currency');
SELECT revision, message FROM migrate_heads();

\echo 'With two heads, "head" is no answer any more:'
\echo
\set ON_ERROR_STOP 0
SELECT * FROM migrate_upgrade('head');
\set ON_ERROR_STOP 1

\echo
SELECT migrate_merge('heads', 'Merge portfolios and currencies',
    rev_id => 'c5be77d20a94');
SELECT step, revision, down_revision FROM migrate_upgrade('head');

\echo 'The graph, as "git log --graph" would draw it:'
\echo
SELECT migrate_graph();

\echo '-----------------------------------------------------------------------'
\echo ' 7. In production: a commit after each revision'
\echo '-----------------------------------------------------------------------'
\echo
\echo 'CREATE INDEX CONCURRENTLY cannot run in a transaction.  Write it all the'
\echo 'same; the plan shows where such a script is cut: commas are commits, and'
\echo 'what has a * runs outside of a transaction.'
\echo
SELECT migrate_revision('Index assets by balance', rev_id => 'e81f2c5d90b6',
    upgrade => $$
        ALTER TABLE asset ADD CHECK (balance >= 0) NOT VALID;
        CREATE INDEX CONCURRENTLY asset_balance ON asset (balance);
        ALTER TABLE asset VALIDATE CONSTRAINT asset_balance_check;
    $$,
    downgrade => $$
        DROP INDEX CONCURRENTLY asset_balance;
        ALTER TABLE asset DROP CONSTRAINT asset_balance_check;
    $$);
SELECT revision, message, transactions FROM migrate_plan('head');

\echo 'The procedure commits after each revision, waits for locks only briefly,'
\echo 'and can be called again after a failure or a crash to go on:'
\echo
CALL migrate_upgrade_online('head');
SELECT indexrelid::regclass AS index, indisvalid AS valid FROM pg_index
 WHERE indrelid = 'asset'::regclass ORDER BY 1;

\echo '-----------------------------------------------------------------------'
\echo ' 8. Autogenerate: say what the schema should be'
\echo '-----------------------------------------------------------------------'
\echo
\echo 'A model is DDL.  Here it is what the database has now, with three changes'
\echo 'made to the text: a column more, a column less, and a view.'
\echo
SELECT migrate_set_model(
    replace(regexp_replace(migrate_schema_sql('public'),
                           '(TABLE public.customer .*?)name text NOT NULL',
                           '\1name text NOT NULL, email text'),
            E'\topened_on date,\n', '') || $$
    CREATE VIEW rich AS
        SELECT customer_id, sum(balance) AS total
          FROM asset GROUP BY customer_id;
$$) AS statements;

\echo 'What leads there, and what is dangerous about it:'
\echo
SELECT identity, change, hazard FROM migrate_diff();

\echo 'The revision, written both ways and tried both ways in a sandbox before'
\echo 'it is stored (alembic revision --autogenerate):'
\echo
SELECT migrate_revision('Customers have an email', rev_id => 'f4093b6a1d27',
    autogenerate => true);
SELECT upgrade FROM migrate_script WHERE revision = 'f4093b6a1d27' \g (format=unaligned tuples_only=on)
\echo
SELECT step, revision, message FROM migrate_upgrade('head');

\echo 'An index that somebody adds by hand does not go unnoticed:'
\echo
CREATE INDEX by_hand ON customer (email);
SELECT test, ok, detail FROM migrate_check(strict => false) WHERE NOT ok;
DROP INDEX by_hand;

\echo '-----------------------------------------------------------------------'
\echo ' 9. The log, and a check'
\echo '-----------------------------------------------------------------------'
\echo
SELECT id, direction, revision, statements AS stmts, ran_as,
       left(encode(sha256, 'hex'), 12) AS sha256
  FROM migrate_log ORDER BY id;

\echo 'One head, it is applied, no applied script has changed since, and the'
\echo 'database is what the model says:'
\echo
SELECT test, ok FROM migrate_check();

\echo 'And all the way back:'
\echo
CALL migrate_downgrade_online('base');
SELECT count(*) AS current FROM migrate_current();

\echo 'That was the tour; the private server is removed again.'
