"""The second version of the models.

Since the first: assets have a type instead of a kind (the column is renamed),
with one type more; they are kept somewhere, can be parts of others, and have a
history of valuations.  Owners have no fax any more.
"""

import enum

from sqlalchemy import (
    ARRAY,
    CHAR,
    Boolean,
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Enum,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import declarative_base, relationship

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Base = declarative_base(metadata=metadata)


class AssetKind(enum.Enum):
    checking_account = "checking_account"
    savings_account = "savings_account"
    brokerage_account = "brokerage_account"
    real_estate = "real_estate"


asset_tag = Table(
    "asset_tag",
    metadata,
    Column("asset_id", ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("tagged_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


class Owner(Base):
    __tablename__ = "owner"
    __table_args__ = (
        CheckConstraint("email LIKE '%_@_%'", name="email"),
        {"comment": "people, companies and trusts"},
    )

    id = Column(Integer, primary_key=True)
    name = Column(String(200), nullable=False)
    email = Column(String(120), nullable=False, unique=True)
    is_active = Column(Boolean, nullable=False, server_default=text("true"))
    created_at = Column(DateTime(timezone=True), nullable=False, server_default=func.now())

    assets = relationship("Asset", back_populates="owner", cascade="all, delete-orphan")


class Tag(Base):
    __tablename__ = "tag"

    id = Column(Integer, Identity(always=True), primary_key=True)
    name = Column(Text, nullable=False, unique=True)
    color = Column(String(7), CheckConstraint("color LIKE '#%'", name="color"))

    assets = relationship("Asset", secondary=asset_tag, back_populates="tags")


class Location(Base):
    __tablename__ = "location"

    id = Column(Integer, Identity(), primary_key=True)
    country = Column(CHAR(2), nullable=False)
    city = Column(Text)

    assets = relationship("Asset", back_populates="location")


class Asset(Base):
    __tablename__ = "asset"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("parent_id <> id", name="parent"),
        UniqueConstraint("owner_id", "name"),
        Index("ix_asset_type_value", "type_name", text("value DESC")),
        Index("ix_asset_lower_name", text("lower(name)")),
        Index("ix_asset_attributes", "attributes", postgresql_using="gin", postgresql_ops={"attributes": "jsonb_path_ops"}),
        Index("ix_asset_open", "owner_id", postgresql_where=text("closed_on IS NULL")),
        {"comment": "what somebody owns"},
    )

    id = Column(BigInteger, Identity(always=True, start=1000), primary_key=True)
    owner_id = Column(ForeignKey("owner.id", ondelete="CASCADE"), nullable=False)
    parent_id = Column(ForeignKey("asset.id", ondelete="SET NULL"), index=True)
    location_id = Column(ForeignKey("location.id", ondelete="RESTRICT"))
    type_name = Column(Enum(AssetKind, name="asset_kind"), nullable=False)
    name = Column(String(80), nullable=False)
    value = Column(Numeric(18, 2), nullable=False, server_default=text("0"), comment="in the currency of the asset, without taxes")
    currency = Column(CHAR(3), nullable=False, server_default="USD")
    attributes = Column(JSONB, nullable=False, server_default=text("'{}'::jsonb"))
    aliases = Column(ARRAY(Text), nullable=False, server_default=text("'{}'::text[]"))
    closed_on = Column(Date)
    is_closed = Column(Boolean, Computed("closed_on IS NOT NULL", persisted=True))

    owner = relationship("Owner", back_populates="assets")
    location = relationship("Location", back_populates="assets")
    parent = relationship("Asset", remote_side=[id])
    tags = relationship("Tag", secondary=asset_tag, back_populates="assets", order_by="Tag.name")
    valuations = relationship("Valuation", back_populates="asset", order_by="Valuation.valued_on", cascade="all, delete-orphan")


class Valuation(Base):
    __tablename__ = "valuation"
    __table_args__ = (Index("ix_valuation_valued_on", "valued_on", postgresql_using="brin"),)

    asset_id = Column(ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True)
    valued_on = Column(Date, primary_key=True)
    value = Column(Numeric(18, 2), nullable=False)
    source = Column(Text, nullable=False, server_default="manual")

    asset = relationship("Asset", back_populates="valuations")
