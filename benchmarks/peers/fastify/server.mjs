// A login service by hand: Fastify, pg, fast-jwt, undici; each as its documentation shows it.
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { createSigner, createVerifier } from "fast-jwt";
import Fastify from "fastify";
import pg from "pg";
import { Pool } from "undici";

const { PORT, DATABASE_URL, WECHAT_URL } = process.env;
const db = new pg.Pool({ connectionString: DATABASE_URL, max: 20 });
const wechat = new Pool(WECHAT_URL, { connections: 32 });
const keys = generateKeyPairSync("ed25519", {
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const sign = createSigner({ key: keys.privateKey, algorithm: "EdDSA", expiresIn: "15m" });
const verify = createVerifier({ key: keys.publicKey, algorithms: ["EdDSA"], cache: process.env.JWT_CACHE === "on" });
const hash = (token) => createHash("sha256").update(token).digest();

await db.query(`
  CREATE TABLE IF NOT EXISTS users (id uuid PRIMARY KEY, openid text UNIQUE NOT NULL, nickname text NOT NULL DEFAULT '',
    updated_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE IF NOT EXISTS sessions (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES users, refresh bytea UNIQUE NOT NULL,
    expires_at timestamptz NOT NULL DEFAULT now() + interval '30 days');`);

const app = Fastify();
const text = { type: "string", maxLength: 200 };
const body = (name) => ({
  schema: { body: { type: "object", required: [name], properties: { [name]: text } } },
});

async function bearer(request, reply) {
  try {
    request.user = verify(request.headers.authorization?.slice(7) ?? "");
  } catch {
    return reply.code(401).send({ error: "token_invalid" });
  }
}

function tokens(user, sid, refresh) {
  return { access_token: sign({ sub: user.id, sid }), refresh_token: refresh, user };
}

app.post("/v1/login", body("code"), async (request, reply) => {
  const asked = await wechat.request({
    method: "GET",
    path: "/sns/jscode2session",
    query: { appid: "wx", secret: "0", grant_type: "authorization_code", js_code: request.body.code },
  });
  const { openid } = await asked.body.json();
  if (!openid) return reply.code(401).send({ error: "code_invalid" });
  const found = await db.query({
    name: "user",
    text: `INSERT INTO users (id, openid) VALUES ($1, $2)
      ON CONFLICT (openid) DO UPDATE SET openid = excluded.openid RETURNING id, nickname, updated_at`,
    values: [randomUUID(), openid],
  });
  const [sid, refresh] = [randomUUID(), randomBytes(32).toString("base64url")];
  await db.query({
    name: "session",
    text: "INSERT INTO sessions (id, user_id, refresh) VALUES ($1, $2, $3)",
    values: [sid, found.rows[0].id, hash(refresh)],
  });
  return tokens(found.rows[0], sid, refresh);
});

app.post("/v1/token/refresh", body("refresh_token"), async (request, reply) => {
  const refresh = randomBytes(32).toString("base64url");
  const moved = await db.query({
    name: "rotate",
    text: `UPDATE sessions s SET refresh = $2, expires_at = now() + interval '30 days' FROM users u
      WHERE s.refresh = $1 AND s.expires_at > now() AND u.id = s.user_id
      RETURNING s.id AS sid, u.id, u.nickname, u.updated_at`,
    values: [hash(request.body.refresh_token), hash(refresh)],
  });
  if (!moved.rowCount) return reply.code(401).send({ error: "refresh_invalid" });
  const { sid, ...user } = moved.rows[0];
  return tokens(user, sid, refresh);
});

app.get("/v1/me", { onRequest: bearer }, async (request) => {
  const select = "SELECT id, nickname, updated_at FROM users WHERE id = $1";
  return (await db.query({ name: "me", text: select, values: [request.user.sub] })).rows[0];
});

app.put("/v1/me", { onRequest: bearer, ...body("nickname") }, async (request) => {
  const text = `UPDATE users SET nickname = $2, updated_at = now() WHERE id = $1
    RETURNING id, nickname, updated_at`;
  const values = [request.user.sub, request.body.nickname];
  return (await db.query({ name: "update", text, values })).rows[0];
});

app.get("/healthz", () => ({ status: "ok" }));
await app.listen({ port: Number(PORT), host: "127.0.0.1" });
