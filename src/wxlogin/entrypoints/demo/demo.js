"use strict";

const here = location.origin;
const simulator = `${location.protocol}//${location.hostname}:${Number(location.port || 80) + 1}`;
const appid = "wxdec0de0000000001";
const $ = (id) => document.getElementById(id);
let tokens = null;

$("simulator").href = `${simulator}/_sim/`;
$("curl").textContent = [
  "# wx.login() 的 code,由模拟器发给小明 · a code, as wx.login() gives it",
  `CODE=$(curl -s ${simulator}/_sim/codes -H 'content-type: application/json' \\`,
  `  -d '{"appid": "${appid}", "user": "xiaoming"}' | sed 's/.*"code": *"\\([^"]*\\)".*/\\1/')`,
  "",
  "# code 换令牌 · the code becomes tokens",
  `curl -s ${here}/v1/login -H 'content-type: application/json' -d "{\\"code\\": \\"$CODE\\"}"`,
].join("\n");

async function ask(address, { method = "GET", body, token } = {}) {
  const headers = {};
  if (body) headers["content-type"] = "application/json";
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body) });
  const told = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(told.detail || told.message || answer.statusText);
  return told;
}

// Whoever looks over the shoulder sees that there are tokens, not what they are.
function masked(name, value) {
  return /token$/.test(name) ? `${value.slice(0, 10)}…` : value;
}

function show(told) {
  $("answer").textContent = told ? JSON.stringify(told, masked, 2) : "";
}

function showUser(user) {
  $("profile").hidden = !user;
  $("logout").disabled = !user;
  $("nickname").value = user ? user.nickname : "";
}

async function attempt(work) {
  $("problem").textContent = "";
  try {
    await work();
  } catch (failure) {
    $("problem").textContent = failure.message;
  }
}

$("login").onclick = () => attempt(async () => {
  const { code } = await ask(`${simulator}/_sim/codes`, {
    method: "POST",
    body: { appid, user: $("who").value },
  });
  tokens = await ask("/v1/login", { method: "POST", body: { code } });
  show(tokens);
  showUser(await ask("/v1/me", { token: tokens.access_token }));
});

$("profile").onsubmit = (event) => {
  event.preventDefault();
  attempt(async () => {
    const user = await ask("/v1/me", {
      method: "PUT",
      token: tokens.access_token,
      body: { nickname: $("nickname").value },
    });
    show(user);
    showUser(user);
  });
};

$("logout").onclick = () => attempt(async () => {
  await ask("/v1/logout", { method: "POST", token: tokens.access_token, body: {} });
  tokens = null;
  show(null);
  showUser(null);
});
