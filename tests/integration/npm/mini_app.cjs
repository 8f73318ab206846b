// Does with node-easywechat what a mini-program's server does with WeChat, and prints the answers.
"use strict";
const { MiniApp } = require("node-easywechat");

const { base, appid, secret, code, phoneCode, cache } = JSON.parse(process.argv[2]);

async function main() {
  const app = new MiniApp({
    app_id: appid,
    secret,
    use_stable_access_token: true,
    file_cache: { path: cache },
    http: { baseURL: base },
  });
  const session = await app.getUtils().codeToSession(code);
  const again = await app.getUtils().codeToSession(code).catch((refusal) => refusal.message);
  const client = app.getClient();
  const phone = await client.postJson("/wxa/business/getuserphonenumber", { code: phoneCode });
  const text = await client.postJson("/wxa/msg_sec_check",
    { content: "这是违规内容", version: 2, scene: 1, openid: session.openid });
  const token = await app.getAccessToken().getToken();
  console.log(JSON.stringify(
    { session, again, token, phone: phone.toObject(), text: text.toObject() }));
}

main().catch((wrong) => {
  console.error(wrong);
  process.exit(1);
});
