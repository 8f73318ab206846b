import { createRequire } from 'node:module'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import * as source from '../../app/wxlogin'
import { FakePhone } from '../fake-wx'
// @ts-expect-error a plain script without types
import { bundled } from '../../tools/bundle.mjs'

test('the published file exports what the source does, and logs in', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'wxlogin-'))
  const outfile = path.join(folder, 'index.cjs')
  await bundled({ outfile })
  const built = createRequire(import.meta.url)(outfile) as typeof source
  rmSync(folder, { recursive: true })
  new FakePhone().install()

  expect(Object.keys(built).sort()).toEqual(Object.keys(source).sort())
  const app = built.createClient({ baseUrl: 'https://login.example.com' })
  expect(await app.ready()).toBe('in')
})
