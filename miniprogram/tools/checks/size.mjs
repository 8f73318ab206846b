import { bundled } from '../bundle.mjs'

const LIMIT = 12 * 1024

/** The library stays small, and needs nothing. */
export async function size() {
  const result = await bundled({ write: false, metafile: true })
  const bytes = result.outputFiles[0].contents.length
  const foreign = Object.keys(result.metafile.inputs).filter((file) => file.includes('node_modules'))
  const problems = foreign.map((file) => `the library needs ${file}`)
  if (bytes >= LIMIT) problems.push(`the library is ${bytes} bytes minified, ${LIMIT} are too many`)
  return { problems, fact: `library ${bytes} bytes minified` }
}
