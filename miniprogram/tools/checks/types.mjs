import { spawnSync } from 'node:child_process'
import { inWorkshop } from '../places.mjs'

const PROJECTS = ['tsconfig.json', 'test/tsconfig.json', 'preview/tsconfig.json']

/** TypeScript, strict, with WeChat's typings. */
export function types() {
  const tsc = inWorkshop('node_modules/typescript/bin/tsc')
  const problems = PROJECTS.flatMap((project) => {
    const run = spawnSync(process.execPath, [tsc, '-p', inWorkshop(project), '--pretty', 'false'], {
      encoding: 'utf8',
    })
    return run.status === 0 ? [] : run.stdout.trim().split('\n')
  })
  return { problems, fact: `${PROJECTS.length} TypeScript projects` }
}
