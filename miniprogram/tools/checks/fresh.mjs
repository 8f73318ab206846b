import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { site } from '../../preview/builder/site.mjs'
import { TARGET } from '../../preview/builder/target.mjs'

/** The built preview that is tracked is, byte for byte, what the sources make. */
export async function fresh() {
  const built = await site()
  const tracked = existsSync(TARGET) ? readdirSync(TARGET) : []
  const stale = [...built.keys()].filter(
    (name) => !tracked.includes(name) || readFileSync(`${TARGET}/${name}`, 'utf8') !== built.get(name),
  )
  const surplus = tracked.filter((name) => !built.has(name))
  const problems = [...stale, ...surplus].map((name) => `${name} is not what the sources make: npm run build`)
  const bytes = [...built.values()].reduce((sum, content) => sum + Buffer.byteLength(content), 0)
  return { problems, fact: `the tracked preview, ${built.size} files, ${bytes} bytes` }
}
