import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as source from '../../app/wxlogin'
import { FakePhone } from '../fake-wx'

const CONSUMER = `
import { createClient, EndedError, type Client, type User } from 'wxlogin-miniprogram'
const client: Client = createClient({ baseUrl: 'https://login.example.com' })
client.on('ended', ({ reason, message }) => { const told: string = reason + message; void told })
export const name = async (): Promise<string> => {
  try { return ((await client.profile.get()) satisfies User).nickname }
  catch (error) { return error instanceof EndedError ? error.message : '' }
}
// @ts-expect-error there is no such event
client.on('nonsense', () => {})
`

let folder: string
let built: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wxlogin-'))
  built = path.join(folder, 'node_modules/wxlogin-miniprogram')
  execFileSync(process.execPath, [path.resolve('tools/library.mjs'), built])
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

test('the package holds one small file, its types and its papers, and needs nothing', () => {
  const holds = readdirSync(built)
  const { dependencies, main, types } = JSON.parse(readFileSync(`${built}/package.json`, 'utf8'))

  expect(holds).toEqual(
    expect.arrayContaining(['README.md', 'README.zh-CN.md', 'index.d.ts', 'index.js', 'package.json']),
  )
  expect(holds.filter((file) => file.endsWith('.js'))).toEqual(['index.js'])
  expect([dependencies, main, types]).toEqual([undefined, 'index.js', 'index.d.ts'])
  expect(statSync(`${built}/index.js`).size).toBeLessThan(14 * 1024)
})

test('it exports what the source does, and logs in', async () => {
  const made = createRequire(import.meta.url)(`${built}/index.js`) as typeof source
  new FakePhone().install()

  expect(Object.keys(made).sort()).toEqual(Object.keys(source).sort())
  const app = made.createClient({ baseUrl: 'https://login.example.com' })
  expect(await app.ready()).toBe('in')
})

test('its types tell a project what it may do', () => {
  const file = path.join(folder, 'consumer.ts')
  writeFileSync(file, CONSUMER)
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2020,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2020.d.ts'],
    types: [],
  })
  const told = ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))

  expect(told).toEqual([])
}, 60_000)
