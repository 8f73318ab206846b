import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { bundled } from '../bundle.mjs'
import { inWorkshop } from '../places.mjs'

const LIBRARY = 14 * 1024
/** WeChat's limit for a package. */
const PACKAGE = 2 * 1024 * 1024

/** The library stays small and needs nothing; the mini-program fits into one package. */
export async function size() {
  const result = await bundled({ write: false, metafile: true })
  const library = result.outputFiles[0].contents.length
  const foreign = Object.keys(result.metafile.inputs).filter((file) => file.includes('node_modules'))
  const root = inWorkshop('app')
  const whole = readdirSync(root, { recursive: true })
    .map((file) => statSync(path.join(root, file)))
    .reduce((sum, one) => sum + (one.isFile() ? one.size : 0), 0)
  const problems = foreign.map((file) => `the library needs ${file}`)
  if (library >= LIBRARY) problems.push(`the library is ${library} bytes, ${LIBRARY} are too many`)
  if (whole >= PACKAGE) problems.push(`the mini-program is ${whole} bytes, ${PACKAGE} are too many`)
  return { problems, fact: `library ${library} bytes minified, mini-program ${whole} bytes as it is` }
}
