"""asset-app COMMAND: what a deployment of the application does.

    create [2]  make the tables of the models, or of their second version
    model [2]   ... in the schema app_model, anew: the model for pgmigrate
    fill        use the application: new assets
    list        ... and what is there, one line each
    fill2       the same with the second version of the models
    list2
    serve       start up, as each process of a deployment does: upgrade the
                database, then answer; "serve TIME" waits for that time before

DATABASE_URL names the database, ASSET_SCHEMA the schema of the tables (public).
"""

import datetime
import decimal
import os
import sys
import time

from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session

from asset_app import models, models2

MODEL_SCHEMA = "app_model"


def connect(schema):
    """An engine whose connections work in one schema, as the models name none."""
    engine = create_engine(os.environ["DATABASE_URL"])

    @event.listens_for(engine, "connect")
    def set_search_path(connection, record):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('search_path', quote_ident(%s), false)", (schema,))
        connection.commit()

    return engine


def create(version, schema):
    with connect(schema).begin() as connection:
        if schema == MODEL_SCHEMA:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {MODEL_SCHEMA} CASCADE"))
            connection.execute(text(f"CREATE SCHEMA {MODEL_SCHEMA}"))
        version.metadata.create_all(connection)


def fill(session):
    house, cash = models.Tag(name="house"), models.Tag(name="cash")
    ada = models.Owner(name="Ada", email="ada@example.org", fax="12345")
    ada.assets = [
        models.Asset(kind=models.AssetKind.real_estate, name="Villa", value=decimal.Decimal("250000.50"),
                     attributes={"rooms": 7}, aliases=["Home", "Haus"], tags=[house]),
        models.Asset(kind=models.AssetKind.checking_account, name="Daily", tags=[cash, house]),
    ]
    bob = models.Owner(name="Bob", email="bob@example.org", is_active=False)
    bob.assets = [
        models.Asset(kind=models.AssetKind.savings_account, name="Rainy days", value=10,
                     closed_on=datetime.date(2026, 1, 31)),
    ]
    session.add_all([ada, bob])


def fill2(session):
    ada = session.query(models2.Owner).filter_by(name="Ada").one()
    villa = session.query(models2.Asset).filter_by(name="Villa").one()
    villa.location = models2.Location(country="GB", city="London")
    villa.valuations = [models2.Valuation(valued_on=datetime.date(2026, month, 1), value=month) for month in (1, 2)]
    ada.assets.append(
        models2.Asset(type_name=models2.AssetKind.brokerage_account, name="Shares", parent=villa,
                      tags=[models2.Tag(name="risk", color="#ff0000")])
    )


def show(session):
    for asset in session.query(models.Asset).order_by(models.Asset.id):
        yield (asset.owner.name, asset.owner.fax, asset.kind.name, asset.name, asset.value, asset.currency,
               asset.attributes, asset.aliases, asset.closed_on, [tag.name for tag in asset.tags])


def show2(session):
    for asset in session.query(models2.Asset).order_by(models2.Asset.id):
        yield (asset.owner.name, asset.type_name.name, asset.name, asset.value, asset.currency, asset.attributes,
               asset.aliases, asset.is_closed, [tag.name for tag in asset.tags],
               asset.parent.name if asset.parent else None,
               asset.location.city if asset.location else None,
               [str(valuation.value) for valuation in asset.valuations])


def serve(schema, start):
    """The database is at its head before the first request is answered."""
    time.sleep(max(0.0, start - time.time()))
    with create_engine(os.environ["DATABASE_URL"]).begin() as connection:
        steps = connection.execute(text("SELECT migrate_upgrade('head')")).rowcount
    with Session(connect(schema)) as session:
        print(steps, session.query(models.Asset).count(), sep="|")


def main():
    command = sys.argv[1:]
    schema = os.environ.get("ASSET_SCHEMA", "public")
    if command[:1] in (["create"], ["model"]):
        create(models2 if command[1:] == ["2"] else models, MODEL_SCHEMA if command[0] == "model" else schema)
        return
    if command[:1] == ["serve"]:
        serve(schema, float(command[1]) if command[1:] else 0.0)
        return
    with Session(connect(schema)) as session:
        if command == ["fill"]:
            fill(session)
        elif command == ["fill2"]:
            fill2(session)
        elif command == ["list"]:
            for row in show(session):
                print(*row, sep="|")
        elif command == ["list2"]:
            for row in show2(session):
                print(*row, sep="|")
        else:
            sys.exit(__doc__)
        session.commit()


if __name__ == "__main__":
    main()
