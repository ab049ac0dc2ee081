-- migrate_schedule and migrate_unschedule where there is no pg_cron; what they
-- do where there is one is in t/035_scheduled_seeding.pl.
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS pgmigrate CASCADE;
RESET client_min_messages;
CREATE EXTENSION pgmigrate;

SELECT migrate_schedule('0 4 * * *');
SELECT migrate_schedule('0 4 * * *', 'seed@head', 'seed');
SELECT migrate_schedule('0 4 * * *', job_name => 'it''s', target => '{a,b}', online => false);
SELECT migrate_unschedule();
SELECT migrate_unschedule('seed');
SELECT migrate_schedule(NULL);
SELECT migrate_schedule('0 4 * * *', NULL);
SELECT migrate_schedule('0 4 * * *', job_name => NULL);
SELECT migrate_schedule('0 4 * * *', online => NULL);
SELECT migrate_schedule('0 4 * * *', '{a,');
SELECT migrate_unschedule(NULL);
-- a schema of that name is not pg_cron
CREATE SCHEMA cron;
CREATE FUNCTION cron.schedule(text, text, text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
SELECT migrate_schedule('0 4 * * *');
DROP SCHEMA cron CASCADE;
-- where it is in another database
SET cron.database_name = 'jobs';
SELECT migrate_schedule('0 4 * * *', 'it''s@head', 'it''s');
SELECT migrate_unschedule('it''s');
BEGIN READ ONLY;
SELECT migrate_schedule('0 4 * * *');
ROLLBACK;
