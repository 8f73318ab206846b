// Writes the preview to where the Python package ships it from.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { TARGET } from './target.mjs'
import { site } from './site.mjs'

const files = await site()
rmSync(TARGET, { recursive: true, force: true })
mkdirSync(TARGET, { recursive: true })
for (const [name, content] of files) writeFileSync(`${TARGET}/${name}`, content)
console.log([...files].map(([name, content]) => `${name} ${Buffer.byteLength(content)} bytes`).join('\n'))
