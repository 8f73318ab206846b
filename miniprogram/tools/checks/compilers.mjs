import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { inWorkshop } from '../places.mjs'

/** WeChat's own compilers for WXML and WXSS, as npm brings them; Linux only. */
export function compilers() {
  if (process.platform !== 'linux') return { problems: [], fact: 'not run: wcc and wcsc are Linux programs' }
  const require = createRequire(import.meta.url)
  const root = inWorkshop('app')
  const files = readdirSync(root, { recursive: true }).map((file) => file.split(path.sep).join('/'))
  const bin = path.join(path.dirname(require.resolve('miniprogram-compiler')), 'bin/linux')
  const run = (program, args, sources) => {
    chmodSync(`${bin}/${program}`, 0o755)
    return spawnSync(`${bin}/${program}`, [...args, ...sources], { cwd: root, encoding: 'utf8' })
  }
  const wxml = files.filter((file) => file.endsWith('.wxml'))
  const wxss = files.filter((file) => file.endsWith('.wxss'))
  return {
    problems: [
      ...faults('wcc', run('wcc', ['-d'], wxml)),
      ...faults('wcsc', run('wcsc', ['-db', '-pc', '0'], wxss)),
    ],
    fact: `${wxml.length} WXML through wcc, ${wxss.length} WXSS through wcsc`,
  }
}

/** wcsc succeeds on errors, so its words count as well as its status. */
function faults(program, { status, stdout, stderr }) {
  const errors = `${stderr}\n${stdout}`.split('\n').filter((line) => /^ERR|error/i.test(line.slice(0, 60)))
  if (status === 0 && !/^ERR/m.test(stderr + stdout)) return []
  return errors.length ? errors.slice(0, 20) : [`${program} ended with ${status}: ${stderr.slice(0, 400)}`]
}
