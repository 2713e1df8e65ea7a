"""Compares a run on the demo with the same definition written in SQL over the raw exports.

    python data/checks/demo_check.py OUT          # OUT: folder that `sequela run --definition evidence-then-nearest` wrote from data/demo/sequela.toml
    python data/checks/demo_check.py --raw        # the raw side alone: prints what a run must find

Deployments, incidents, links and change failure rates by team and month are computed by definition.sql in DuckDB from the files in
data/demo/exports and must agree with OUT/tables row by row. Also checked: every planted defect is reported as planted_defects.csv says,
and no planted person appears in any output. Exit code 1 and a list of differences when anything disagrees.
"""
import argparse
import csv
import json
import pathlib
import sys
import tempfile

import duckdb
import yaml

HERE = pathlib.Path(__file__).resolve().parent
DEMO = HERE.parent / "demo"
SHOWN = 12  # differences listed per table


# Reading the exports: cells as text, nothing interpreted ---------------------------------------------------------------------


def delimited(path, encoding, delimiter):
    """Rows of a delimited file as dictionaries; `surplus` holds what stands beyond the header."""
    with open(path, encoding=encoding, newline="") as file:
        rows = list(csv.reader(file, delimiter=delimiter))
    header = rows[0]
    for number, cells in enumerate(rows[1:], start=1):
        row = dict(zip(header, cells + [""] * (len(header) - len(cells))))
        surplus = "".join(cells[len(header):]) or None
        yield row | {"file": path.name, "row": number, "surplus": surplus}


def json_records(path):
    """Records of a file that holds one or more JSON documents, each an object or an array of objects."""
    text, decoder, at = path.read_text(encoding="utf-8"), json.JSONDecoder(), 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        yield from document if isinstance(document, list) else [document]
        while at < len(text) and text[at].isspace():
            at += 1


def github_deployments():
    for path in sorted(DEMO.glob("exports/github/deployments_*.json")):
        for record in json_records(path):
            payload = record["payload"]
            service = payload.get("service") or record["repository_url"].rsplit("/", 1)[-1]
            keep = {name: record.get(name) for name in ("id", "url", "environment", "description", "created_at", "sha")}
            yield keep | {"service": service}


def catalog():
    """Components, dependencies and teams of the Backstage file."""
    documents = list(yaml.safe_load_all((DEMO / "exports/catalog/catalog-info.yaml").read_text(encoding="utf-8")))
    components = [document for document in documents if document["kind"] == "Component"]
    providers = {api: c["metadata"]["name"] for c in components for api in c["spec"].get("providesApis", [])}
    named, depends = [], []
    for component in components:
        metadata, spec = component["metadata"], component["spec"]
        annotations = metadata.get("annotations", {})
        aliases = list(annotations.values())
        aliases += [slug.rsplit("/", 1)[-1] for key, slug in annotations.items() if key == "github.com/project-slug"]
        named.append({"name": metadata["name"], "title": metadata.get("title"), "owner": spec.get("owner"), "aliases": aliases})
        references = [reference.rsplit("/", 1)[-1] for reference in spec.get("dependsOn", [])]
        references += [providers[api] for api in spec.get("consumesApis", [])]
        depends += [{"consumer": metadata["name"], "provider": reference} for reference in references]
    teams = [{"name": d["metadata"]["name"], "title": d["metadata"].get("title")} for d in documents if d["kind"] == "Group"]
    return named, depends, teams


def load(connection, table, rows):
    """Makes a table of text from dictionaries with the same keys."""
    rows = list(rows)
    columns = {name: "VARCHAR[]" if isinstance(value, list) else "VARCHAR" for name, value in rows[0].items()}
    columns |= {"row": "INTEGER"} if "row" in columns else {}
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
        file.flush()
        connection.execute(f"CREATE TABLE {table} AS FROM read_json(?, format = 'newline_delimited', columns = {columns!r})", [file.name])


def raw_side():
    """A connection that holds the exports and everything that definition.sql makes of them."""
    connection = duckdb.connect()
    service_now = DEMO / "exports/servicenow"
    pages = sorted(service_now.glob("incident_page*.csv"))
    load(connection, "raw_incident", (row for page in pages for row in delimited(page, "cp1252", ",")))
    load(connection, "raw_change", delimited(service_now / "change_request.csv", "cp1252", ","))
    load(connection, "raw_forge", delimited(DEMO / "exports/forge/builds.csv", "utf-8-sig", ";"))
    load(connection, "raw_deployment", github_deployments())
    statuses = json_records(DEMO / "exports/github/deployment_statuses.ndjson")
    load(connection, "raw_status", ({name: status[name] for name in ("deployment_url", "state", "created_at")} for status in statuses))
    for table, rows in zip(("raw_component", "raw_depends", "raw_team"), catalog()):
        load(connection, table, rows)
    connection.execute((HERE / "definition.sql").read_text(encoding="utf-8"))
    return connection


# Comparing ---------------------------------------------------------------------------------------------------------------------

UTC = "SET TimeZone = 'UTC'"
# name, query over the raw side, query over the run ({t} = folder of tables); both end in the same columns, the key first.
COMPARISONS = [
    (
        "deployments: identifiers",
        "SELECT DISTINCT id FROM deployment",
        "SELECT deployment_id AS id FROM '{t}/deployments.parquet'",
    ),
    (
        "deployments that count",
        "SELECT DISTINCT id, strftime(ended_at, '%Y-%m-%d %H:%M:%S') AS ended_at FROM counted",
        "SELECT deployment_id AS id, strftime(finished_at::TIMESTAMP, '%Y-%m-%d %H:%M:%S') AS ended_at FROM '{t}/deployment_outcomes.parquet'",
    ),
    (
        "incidents",
        "SELECT id, strftime(started_at, '%Y-%m-%d %H:%M:%S') AS started_at FROM incident",
        "SELECT incident_id AS id, strftime(created_at::TIMESTAMP, '%Y-%m-%d %H:%M:%S') AS started_at FROM '{t}/incidents.parquet'",
    ),
    (
        "links",
        "SELECT incident, deployment, relation, evidence FROM link",
        "SELECT incident_id AS incident, deployment_id AS deployment, relation, evidence FROM '{t}/links.parquet' WHERE rank = 1",
    ),
    (
        "change failure rate by team and month",
        "SELECT team, month, deployments, failed::DOUBLE AS failed, round(failed / deployments, 9) AS rate FROM team_month",
        "SELECT team_id AS team, month, deployments, failed_deployments AS failed, round(change_failure_rate, 9) AS rate "
        "FROM '{t}/team_month.parquet' WHERE deployments > 0 AND team_id IN (SELECT team FROM owner)",
    ),
]


def rows_of(connection, query):
    return {tuple(str(cell) for cell in row) for row in connection.execute(query).fetchall()}


def compare(connection, tables):
    """Yields (name, rows in the exports, rows in the run, differences)."""
    connection.execute(UTC)
    for name, raw_query, run_query in COMPARISONS:
        raw, run = rows_of(connection, raw_query), rows_of(connection, run_query.format(t=tables))
        differences = [f"only in the exports: {' | '.join(row)}" for row in sorted(raw - run)]
        differences += [f"only in the run:     {' | '.join(row)}" for row in sorted(run - raw)]
        yield name, len(raw), len(run), differences


def check_defects(connection, tables):
    """Every planted defect must stand in ingest_issues with its row, its code and its fate."""
    planted = f"(SELECT file, row::INTEGER AS row, code, rejected::BOOLEAN AS rejected FROM '{DEMO}/planted_defects.csv')"
    reported = f"'{tables}/ingest_issues.parquet'"
    total = connection.execute(f"SELECT count(*) FROM {planted} WHERE code <> 'truncation_suspected'").fetchone()[0]
    missing = connection.execute(f"""
        SELECT file, row, code, rejected FROM {planted} AS p
        WHERE code <> 'truncation_suspected' AND NOT EXISTS (FROM {reported} AS r WHERE ends_with(r.path, p.file) AND r.row = p.row AND r.code = p.code AND r.rejected = p.rejected)
        ORDER BY ALL""").fetchall()
    refused = connection.execute(f"""
        SELECT DISTINCT path, row FROM {reported} AS r
        WHERE rejected AND NOT EXISTS (FROM {planted} AS p WHERE ends_with(r.path, p.file) AND r.row = p.row AND p.rejected) ORDER BY ALL""").fetchall()
    cut = connection.execute(f"""
        SELECT path FROM '{tables}/ingest_files.parquet' AS f
        WHERE truncation_suspected <> EXISTS (FROM {planted} AS p WHERE p.code = 'truncation_suspected' AND ends_with(f.path, p.file)) ORDER BY ALL""").fetchall()
    differences = [f"planted, not reported: {' | '.join(map(str, row))}" for row in missing]
    differences += [f"refused, not planted:  {' | '.join(map(str, row))}" for row in refused]
    differences += [f"wrong about truncation: {path}" for (path,) in cut]
    return "planted defects", total, total - len(missing), differences


def check_people(out):
    """No planted name, mail or phone number may appear in any file that a run writes (Parquet is compressed: the CSV stands for it)."""
    with open(DEMO / "planted_people.csv", encoding="utf-8") as file:
        words = [word for person in csv.DictReader(file) for word in person.values()]
    texts = [path for path in sorted(out.rglob("*")) if path.suffix in {".csv", ".html", ".md", ".json", ".svg"}]
    found = [f"{word!r} in {path.relative_to(out)}" for path in texts for word in words if word in path.read_text(encoding="utf-8")]
    return "planted persons in outputs", 0, len(found), found


def report(results):
    """Prints one line per comparison, then what differs; returns whether all agree."""
    print(f"{'compared':40} {'exports':>9} {'run':>9}  verdict")
    for name, raw, run, differences in results:
        print(f"{name:40} {raw:>9} {run:>9}  {'agree' if not differences else f'{len(differences)} differences'}")
    for name, _, _, differences in results:
        if differences:
            print(f"\n{name}:")
            print("\n".join(f"  {line}" for line in differences[:SHOWN]))
            if len(differences) > SHOWN:
                print(f"  … and {len(differences) - SHOWN} more")
    return not any(differences for *_, differences in results)


def show_raw(connection):
    """What the exports alone say."""
    for name, query, _ in COMPARISONS:
        print(f"{name}: {len(rows_of(connection, query))}")
    print(connection.sql("SELECT evidence, relation, count(*) AS links FROM link GROUP BY ALL ORDER BY ALL"))
    print(connection.sql("SELECT team, sum(deployments) AS deployments, sum(failed) AS failed, round(sum(failed) / sum(deployments), 4) AS rate FROM team_month GROUP BY 1 ORDER BY 1"))
    print(connection.sql("SELECT name FROM resolved_name WHERE NOT known ORDER BY 1"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?", type=pathlib.Path, help="folder that the run wrote")
    parser.add_argument("--raw", action="store_true", help="print the raw side and stop")
    arguments = parser.parse_args()
    connection = raw_side()
    if arguments.raw:
        show_raw(connection)
        return 0
    if arguments.out is None or not (arguments.out / "tables").is_dir():
        parser.error("OUT must be a folder that `sequela run` wrote")
    tables = arguments.out / "tables"
    results = [*compare(connection, tables), check_defects(connection, tables), check_people(arguments.out)]
    return 0 if report(results) else 1


if __name__ == "__main__":
    sys.exit(main())
