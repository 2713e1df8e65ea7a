-- The definition "evidence-then-nearest", written a second time, from the raw exports of the demo to the change failure rate.
--
-- Input: tables of text exactly as the files have it (demo_check.py loads them, one row per record, column `row` = its number):
--   raw_incident   ServiceNow incident list, all pages     raw_forge        builds of the second CI
--   raw_change     ServiceNow change_request list          raw_deployment   GitHub deployments
--   raw_status     GitHub deployment statuses              raw_component    Backstage components: name, title, owner, alias list
--   raw_depends    consumer, provider                      raw_team         name, title
-- Instants are TIMESTAMP in UTC. `org_zone` is the zone of the organisation.

CREATE MACRO org_zone() AS 'Europe/Berlin';
CREATE MACRO from_local(text, format) AS timezone(org_zone(), try_strptime(text, format)) AT TIME ZONE 'UTC';
CREATE MACRO to_month(instant) AS strftime(timezone(org_zone(), instant AT TIME ZONE 'UTC'), '%Y-%m');
-- Words that stand for "no value".
CREATE MACRO given(text) AS CASE WHEN trim(text) IN ('', '(empty)', 'UNKNOWN', 'null', 'NULL', 'None', 'NaN', 'N/A', '-', '?') THEN NULL ELSE trim(text) END;
-- Spellings of one name: case, blanks, underscores.
CREATE MACRO simplified(name) AS lower(replace(replace(trim(name), ' ', '-'), '_', '-'));

-- 1. Names -> services -> teams ------------------------------------------------------------------------------------------

CREATE TABLE known_name AS
SELECT DISTINCT name AS alias, name AS service FROM raw_component
UNION SELECT title, name FROM raw_component WHERE title IS NOT NULL
UNION SELECT unnest(aliases), name FROM raw_component;

CREATE TABLE known_spelling AS   -- a spelling that could mean two services means none
SELECT simplified(alias) AS spelling, min(service) AS service FROM known_name GROUP BY 1 HAVING count(DISTINCT service) = 1;

CREATE TABLE written_name AS     -- every name that an export carries
SELECT DISTINCT name FROM (
    SELECT given(App) AS name FROM raw_forge WHERE surplus IS NULL UNION ALL
    SELECT service FROM raw_deployment UNION ALL
    SELECT unnest([given(cmdb_ci), given(business_service)]) FROM raw_incident WHERE surplus IS NULL UNION ALL
    SELECT unnest([given(cmdb_ci), given(business_service)]) FROM raw_change WHERE surplus IS NULL
) WHERE name IS NOT NULL;

CREATE TABLE resolved_name AS    -- as it stands, else by its spelling, else by the repository's last part, else a service of its own
SELECT name, coalesce(known_name.service, known_spelling.service, by_repository.service, name) AS service,
       coalesce(known_name.service, known_spelling.service, by_repository.service) IS NOT NULL AS known
FROM written_name
LEFT JOIN known_name ON known_name.alias = name
LEFT JOIN known_spelling ON known_spelling.spelling = simplified(name)
LEFT JOIN known_spelling AS by_repository ON contains(name, '/') AND by_repository.spelling = simplified(split_part(name, '/', -1));

CREATE TABLE owner AS            -- references may be short or long: checkout, group:default/checkout
SELECT name AS service, lower(regexp_replace(owner, '^.*[:/]', '')) AS team FROM raw_component WHERE owner IS NOT NULL;

-- 2. Deployments ---------------------------------------------------------------------------------------------------------

CREATE TABLE github_end AS       -- the first status that ends it; `inactive` is written when a later deployment replaces it
SELECT deployment_url, arg_min(state, created_at) AS state, min(created_at)::TIMESTAMP AS ended_at
FROM raw_status WHERE state IN ('success', 'failure', 'error') GROUP BY 1;

-- GitHub has no word for a rollback: a revision that had worked comes back after another one. Coming back right after it was itself
-- taken back is a second try.
CREATE TABLE github_step AS
SELECT DISTINCT 'github:default:' || d.id AS id, d.service, d.environment, d.sha, e.state = 'success' AS worked,
       coalesce((SELECT min(s.created_at) FROM raw_status AS s WHERE s.deployment_url = d.url AND s.state = 'in_progress'), d.created_at) AS began
FROM raw_deployment AS d JOIN github_end AS e ON e.deployment_url = d.url
WHERE given(d.id) IS NOT NULL;

CREATE TABLE github_return AS
WITH beside AS (
    SELECT *, lag(sha) OVER line AS before, lag(id) OVER line AS before_id, lag(sha, 2) OVER line AS second_before
    FROM github_step WINDOW line AS (PARTITION BY service, environment ORDER BY began, id)
), back AS (
    SELECT *, before <> sha AND EXISTS (
        FROM github_step AS old WHERE old.service = beside.service AND old.environment = beside.environment AND old.sha = beside.sha
                                  AND old.worked AND (old.began, old.id) < (beside.began, beside.id)) AS returns
    FROM beside
)
SELECT id, before_id AS undone FROM (SELECT *, lag(returns) OVER (PARTITION BY service, environment ORDER BY began, id) AS after_return FROM back)
WHERE returns AND NOT (coalesce(after_return, false) AND second_before = sha);

-- Deployments of GitHub name a change record in the description.
CREATE TABLE deployment AS
SELECT 'github:default:' || d.id AS id, d.service AS name, d.environment = 'production' AS is_production,
       e.state = 'success' AS is_success, coalesce(e.ended_at, d.created_at::TIMESTAMP) AS ended_at,
       CASE WHEN r.id IS NULL THEN 'deploy' ELSE 'rollback' END AS kind, nullif(regexp_extract(d.description, 'CHG\d{7,}'), '') AS change,
       r.undone AS rolls_back
FROM raw_deployment AS d LEFT JOIN github_end AS e ON e.deployment_url = d.url
LEFT JOIN github_return AS r ON r.id = 'github:default:' || d.id
WHERE given(d.id) IS NOT NULL
UNION
SELECT given(Build), App, Stage = 'PROD', Outcome = 'OK',
       coalesce(from_local("End", '%d.%m.%Y %H:%M'), from_local("Begin", '%d.%m.%Y %H:%M')), lower("Type"), given(Change), given(Reverts)
FROM raw_forge
WHERE given(Build) IS NOT NULL AND surplus IS NULL
  AND (from_local("End", '%d.%m.%Y %H:%M') IS NOT NULL OR from_local("Begin", '%d.%m.%Y %H:%M') IS NOT NULL);

CREATE TABLE counted AS          -- one row per deployment and service
SELECT DISTINCT id, service, ended_at, to_month(ended_at) AS month
FROM deployment JOIN resolved_name USING (name)
WHERE is_production AND is_success AND kind <> 'rollback';

-- 3. Incidents -----------------------------------------------------------------------------------------------------------

CREATE TABLE incident AS         -- a record that two pages share counts once, in its later state
SELECT 'servicenow:default:' || number AS id, from_local(opened_at, '%Y-%m-%d %H:%M:%S') AS started_at,
       coalesce(given(business_service), given(cmdb_ci)) AS name, given(caused_by) AS caused_by, state
FROM raw_incident
WHERE given(number) IS NOT NULL AND surplus IS NULL
QUALIFY row_number() OVER (PARTITION BY number ORDER BY sys_updated_on DESC, file DESC, row DESC) = 1;

CREATE TABLE linkable AS         -- cancelled records are no incidents
SELECT id, started_at, service, caused_by FROM incident JOIN resolved_name USING (name) WHERE state <> 'Canceled';

-- 4. Links: the record's own word, else a rollback, else the nearest deployment within 24 hours ---------------------------

CREATE TABLE candidate AS
SELECT i.id AS incident, c.id AS deployment, c.service, c.ended_at, i.started_at,
       CASE WHEN c.service = i.service THEN 'same_service' ELSE 'depends_on' END AS relation
FROM linkable AS i JOIN counted AS c ON c.ended_at < i.started_at AND c.ended_at >= i.started_at - INTERVAL 24 HOUR
WHERE c.service = i.service OR EXISTS (FROM raw_depends AS d WHERE d.consumer = i.service AND d.provider = c.service);

CREATE TABLE change AS
SELECT number, service, coalesce(from_local(work_start, '%Y-%m-%d %H:%M:%S'), from_local(start_date, '%Y-%m-%d %H:%M:%S')) AS starts_at,
       coalesce(from_local(work_end, '%Y-%m-%d %H:%M:%S'), from_local(end_date, '%Y-%m-%d %H:%M:%S')) AS ends_at
FROM raw_change JOIN resolved_name ON name = coalesce(given(business_service), given(cmdb_ci))
WHERE given(number) IS NOT NULL AND surplus IS NULL;

CREATE TABLE asserted AS         -- deployments that name the change, failing that those on its service while it was carried out
WITH named AS (
    SELECT i.id AS incident, d.id AS deployment, d.ended_at FROM linkable AS i JOIN deployment AS d ON d.change = i.caused_by
), carried_out AS (
    SELECT i.id, c.id, c.ended_at
    FROM linkable AS i JOIN change ON change.number = i.caused_by JOIN counted AS c ON c.service = change.service AND c.ended_at BETWEEN starts_at AND ends_at
    WHERE i.id NOT IN (SELECT incident FROM named)
)
SELECT incident, deployment FROM (FROM named UNION ALL FROM carried_out) JOIN linkable ON linkable.id = incident
QUALIFY row_number() OVER (PARTITION BY incident ORDER BY ended_at <= started_at DESC, ended_at DESC, deployment DESC) = 1;

CREATE TABLE rolled_back AS      -- a candidate that was rolled back within four hours after the incident began
SELECT candidate.* FROM candidate
WHERE EXISTS (FROM deployment AS undo WHERE undo.rolls_back = candidate.deployment AND undo.is_production AND undo.is_success
              AND undo.ended_at > started_at AND undo.ended_at <= started_at + INTERVAL 4 HOUR);

CREATE TABLE link AS
WITH ordered AS (
    SELECT incident, deployment, service, relation, 'rollback' AS evidence, 1 AS preference, ended_at FROM rolled_back
    UNION ALL SELECT incident, deployment, service, relation, 'rule', 2, ended_at FROM candidate
    WHERE incident NOT IN (SELECT incident FROM asserted)
), nearest AS (
    SELECT * FROM ordered WHERE incident NOT IN (SELECT incident FROM asserted)
    QUALIFY row_number() OVER (PARTITION BY incident ORDER BY preference, relation = 'same_service' DESC, ended_at DESC, deployment DESC, service) = 1
), touched AS (                  -- an asserted deployment reaches the incident through its own service, a dependency, or its first
    SELECT a.incident, a.deployment, r.service
    FROM asserted AS a JOIN linkable AS i ON i.id = a.incident JOIN deployment AS d ON d.id = a.deployment JOIN resolved_name AS r USING (name)
    QUALIFY row_number() OVER (PARTITION BY a.incident ORDER BY r.service = i.service DESC,
        EXISTS (FROM raw_depends AS e WHERE e.consumer = i.service AND e.provider = r.service) DESC, r.service) = 1
)
SELECT incident, deployment, service, relation, evidence FROM nearest
UNION ALL SELECT incident, deployment, service, 'asserted', 'asserted' FROM touched;

-- 5. Change failure rate -------------------------------------------------------------------------------------------------

CREATE TABLE team_month AS
SELECT team, month, count(*) AS deployments,
       count(*) FILTER (EXISTS (FROM link WHERE link.deployment = counted.id AND link.service = counted.service)) AS failed
FROM counted JOIN owner USING (service) GROUP BY ALL;
