// Compiles the mini-program with WeChat's own miniprogram-ci, which is too big to be installed for
// everybody: npm install --no-save miniprogram-ci && npm run compile
// With WXLOGIN_MP_APPID and WXLOGIN_MP_KEY (a file with the upload key from mp.weixin.qq.com) it asks
// WeChat what the mini-program may do; without them it assumes the defaults and stays offline.
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { inWorkshop } from './places.mjs'

const require = createRequire(import.meta.url)
const { WXLOGIN_MP_APPID: appid, WXLOGIN_MP_KEY: key } = process.env

let ci
try {
  ci = require('miniprogram-ci')
} catch {
  console.error('miniprogram-ci is not installed: npm install --no-save miniprogram-ci')
  process.exit(1)
}
const offline = {
  appid: 'wx0123456789abcdef',
  privateKey: 'none, for nothing is asked',
  attr: async () => require('miniprogram-ci/dist/config/config').DefaultProjectAttr,
}
const target = inWorkshop('build/compiled.zip')
mkdirSync(inWorkshop('build'), { recursive: true })
const project = new ci.Project({
  type: 'miniProgram',
  projectPath: inWorkshop('.'),
  ignores: ['node_modules/**/*'],
  ...(appid && key ? { appid, privateKey: readFileSync(key, 'utf8') } : offline),
})
await ci.getCompiledResult(
  { project, version: '0.0.0', setting: { useProjectConfig: true }, onProgressUpdate() {} },
  target,
)
console.log(`compiled into ${target}, ${statSync(target).size} bytes`)
process.exit()
