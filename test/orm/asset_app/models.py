"""The first version of the models."""

import enum

from sqlalchemy import (
    ARRAY,
    CHAR,
    Boolean,
    BigInteger,
    CheckConstraint,
    Column,
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
    real_estate = "real_estate"


asset_tag = Table(
    "asset_tag",
    metadata,
    Column("asset_id", ForeignKey("asset.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Owner(Base):
    __tablename__ = "owner"
    __table_args__ = (
        CheckConstraint("email LIKE '%@%'", name="email"),
        {"comment": "people and companies"},
    )

    id = Column(Integer, primary_key=True)
    name = Column(String(80), nullable=False)
    email = Column(String(120), nullable=False, unique=True)
    fax = Column(String(30))
    is_active = Column(Boolean, nullable=False, server_default=text("true"))
    created_at = Column(DateTime(timezone=True), nullable=False, server_default=func.now())

    assets = relationship("Asset", back_populates="owner", cascade="all, delete-orphan")


class Tag(Base):
    __tablename__ = "tag"

    id = Column(Integer, Identity(always=True), primary_key=True)
    name = Column(Text, nullable=False, unique=True)

    assets = relationship("Asset", secondary=asset_tag, back_populates="tags")


class Asset(Base):
    __tablename__ = "asset"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value"),
        UniqueConstraint("owner_id", "name"),
        Index("ix_asset_kind_value", "kind", text("value DESC")),
        Index("ix_asset_lower_name", text("lower(name)")),
        Index("ix_asset_attributes", "attributes", postgresql_using="gin"),
        Index("ix_asset_open", "owner_id", postgresql_where=text("closed_on IS NULL")),
        {"comment": "what somebody owns"},
    )

    id = Column(BigInteger, Identity(always=True, start=1000), primary_key=True)
    owner_id = Column(ForeignKey("owner.id", ondelete="CASCADE"), nullable=False)
    kind = Column(Enum(AssetKind, name="asset_kind"), nullable=False)
    name = Column(String(80), nullable=False)
    value = Column(Numeric(14, 2), nullable=False, server_default=text("0"), comment="in the currency of the asset")
    currency = Column(CHAR(3), nullable=False, server_default="EUR")
    attributes = Column(JSONB, nullable=False, server_default=text("'{}'::jsonb"))
    aliases = Column(ARRAY(Text), nullable=False, server_default=text("'{}'::text[]"))
    closed_on = Column(Date)

    owner = relationship("Owner", back_populates="assets")
    tags = relationship("Tag", secondary=asset_tag, back_populates="assets", order_by="Tag.name")
