// Builds the publishable library into build/library, or the folder that is named: one file, types,
// READMEs, no source.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { bundled } from './bundle.mjs'
import { inWorkshop } from './places.mjs'

const source = inWorkshop('app/wxlogin')
const target = process.argv[2] ?? inWorkshop('build/library')

rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
await bundled({ outfile: `${target}/index.js` })
execFileSync(
  process.execPath,
  [
    inWorkshop('node_modules/typescript/bin/tsc'),
    ...[`${source}/index.ts`, '--declaration', '--emitDeclarationOnly', '--outDir', target],
    ...['--strict', '--target', 'ES2020', '--module', 'ESNext', '--moduleResolution', 'bundler'],
    ...['--types', 'miniprogram-api-typings', '--lib', 'ES2020'],
  ],
  { stdio: 'inherit' },
)
for (const file of ['package.json', 'README.md', 'README.zh-CN.md']) {
  copyFileSync(`${source}/${file}`, `${target}/${file}`)
}
console.log(`built ${target}`)
