"""A login service on fastapi-users: its full example, with WeChat as one more OAuth account."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI, HTTPException
from fastapi_users import BaseUserManager, FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.db import (
    SQLAlchemyBaseOAuthAccountTableUUID,
    SQLAlchemyBaseUserTableUUID,
    SQLAlchemyUserDatabase,
)
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

SECRET = "a-secret-of-the-benchmark-and-of-nothing-else"
WECHAT = os.environ["WECHAT_URL"]
engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+asyncpg:"), pool_size=20
)
session_maker = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class OAuthAccount(SQLAlchemyBaseOAuthAccountTableUUID, Base):
    pass


class User(SQLAlchemyBaseUserTableUUID, Base):
    nickname: Mapped[str] = mapped_column(default="")
    oauth_accounts: Mapped[list[OAuthAccount]] = relationship("OAuthAccount", lazy="joined")


class UserRead(schemas.BaseUser[uuid.UUID]):
    nickname: str


class UserUpdate(schemas.BaseUserUpdate):
    nickname: str | None = None


class UserManager(UUIDIDMixin, BaseUserManager[User, uuid.UUID]):
    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


async def get_async_session() -> AsyncIterator[AsyncSession]:
    async with session_maker() as session:
        yield session


async def get_user_db(session: Annotated[AsyncSession, Depends(get_async_session)]):
    yield SQLAlchemyUserDatabase(session, User, OAuthAccount)


async def get_user_manager(user_db: Annotated[SQLAlchemyUserDatabase, Depends(get_user_db)]):
    yield UserManager(user_db)


def get_jwt_strategy() -> JWTStrategy:
    return JWTStrategy(secret=SECRET, lifetime_seconds=900)


backend = AuthenticationBackend(
    name="jwt", transport=BearerTransport(tokenUrl="v1/login"), get_strategy=get_jwt_strategy
)
fastapi_users = FastAPIUsers[User, uuid.UUID](get_user_manager, [backend])
Manager = Annotated[UserManager, Depends(get_user_manager)]
Current = Annotated[User, Depends(fastapi_users.current_user(active=True))]


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with httpx.AsyncClient(base_url=WECHAT) as client:
        app.state.wechat = client
        yield


app = FastAPI(lifespan=lifespan)


class Code(BaseModel):
    code: str


@app.post("/v1/login")
async def login(
    body: Code, manager: Manager, strategy: Annotated[JWTStrategy, Depends(get_jwt_strategy)]
):
    asked = {
        "appid": "wx", "secret": "0", "grant_type": "authorization_code", "js_code": body.code,
    }  # fmt: skip
    answer = (await app.state.wechat.get("/sns/jscode2session", params=asked)).json()
    if "openid" not in answer:
        raise HTTPException(401)
    openid = answer["openid"]
    store = manager.user_db
    user = await store.get_by_oauth_account("wechat", openid)
    if user is None:
        # As its oauth_callback does, but for the password: to hash one takes longer than all else.
        email = f"{openid}@wechat.example.com"
        user = await store.create({"email": email, "hashed_password": "!"})
        account = {
            "oauth_name": "wechat", "access_token": answer["session_key"],
            "account_id": openid, "account_email": email,
        }  # fmt: skip
        user = await store.add_oauth_account(user, account)
    return {
        "access_token": await strategy.write_token(user),
        "user": UserRead.model_validate(user),
    }


@app.get("/v1/me")
async def me(user: Current) -> UserRead:
    return UserRead.model_validate(user)


@app.put("/v1/me")
async def change(body: UserUpdate, user: Current, manager: Manager) -> UserRead:
    return UserRead.model_validate(await manager.update(body, user, safe=True))


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}
