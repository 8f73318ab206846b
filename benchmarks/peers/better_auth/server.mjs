// A login service on better-auth: a plugin with WeChat's sign-in, sessions and users its own.
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { APIError, createAuthEndpoint, sessionMiddleware } from "better-auth/api";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { bearer } from "better-auth/plugins";
import pg from "pg";
import * as z from "zod";

const { PORT, DATABASE_URL, WECHAT_URL } = process.env;

const tokenSet = (session, user) => ({
  access_token: session.token,
  refresh_token: session.token,
  user,
});

const wechat = {
  id: "wechat-mini-program",
  endpoints: {
    login: createAuthEndpoint(
      "/login",
      { method: "POST", body: z.object({ code: z.string() }) },
      async (ctx) => {
        const query = new URLSearchParams({
          appid: "wx",
          secret: "0",
          grant_type: "authorization_code",
          js_code: ctx.body.code,
        });
        const { openid } = await (await fetch(`${WECHAT_URL}/sns/jscode2session?${query}`)).json();
        if (!openid) throw new APIError("UNAUTHORIZED");
        const store = ctx.context.internalAdapter;
        const account = { accountId: openid, providerId: "wechat" };
        let { user } = (await store.findAccountOwnerByKey(account)) ?? {};
        if (!user) {
          const profile = { email: `${openid}@wechat.invalid`, name: "", emailVerified: false };
          ({ user } = await store.createOAuthUser(profile, account));
        }
        return ctx.json(tokenSet(await store.createSession(user.id), user));
      },
    ),
    renew: createAuthEndpoint(
      "/token/refresh",
      { method: "POST", body: z.object({ refresh_token: z.string() }) },
      async (ctx) => {
        const store = ctx.context.internalAdapter;
        const found = await store.findSession(ctx.body.refresh_token);
        if (!found) throw new APIError("UNAUTHORIZED");
        const expiresAt = new Date(Date.now() + ctx.context.sessionConfig.expiresIn * 1000);
        await store.updateSession(found.session.token, { expiresAt, updatedAt: new Date() });
        return ctx.json(tokenSet(found.session, found.user));
      },
    ),
    me: createAuthEndpoint("/me", { method: "GET", use: [sessionMiddleware] }, async (ctx) =>
      ctx.json(ctx.context.session.user),
    ),
    change: createAuthEndpoint(
      "/me",
      { method: "PUT", body: z.object({ nickname: z.string() }), use: [sessionMiddleware] },
      async (ctx) => {
        const { user } = ctx.context.session;
        const changed = { name: ctx.body.nickname };
        return ctx.json(await ctx.context.internalAdapter.updateUser(user.id, changed));
      },
    ),
  },
};

const options = {
  baseURL: `http://127.0.0.1:${PORT}`,
  basePath: "/v1",
  secret: "a-secret-of-the-benchmark-and-of-nothing-else",
  database: new pg.Pool({ connectionString: DATABASE_URL, max: 20 }),
  plugins: [bearer(), wechat],
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
};
await (await getMigrations(options)).runMigrations();
const handle = toNodeHandler(betterAuth(options));
createServer((request, response) => {
  if (request.url === "/healthz") return response.end("ok");
  return handle(request, response);
}).listen(Number(PORT), "127.0.0.1");
