import { readdirSync, readFileSync } from 'node:fs'
import { inWorkshop } from '../places.mjs'

/** Comments and texts, which may say anything. */
const SAID = /\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'/g

/** Only wx.ts of the library names the global `wx`; nothing of it writes to a console. */
export function boundary() {
  const folder = inWorkshop('app/wxlogin')
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'))
  const problems = files.flatMap((file) => {
    const text = readFileSync(`${folder}/${file}`, 'utf8').replace(SAID, '')
    const found = []
    if (file !== 'wx.ts' && /\bwx\b/.test(text)) found.push(`app/wxlogin/${file} names wx`)
    if (/\bconsole\b/.test(text)) found.push(`app/wxlogin/${file} writes to the console`)
    return found
  })
  return { problems, fact: `${files.length} files of the library keep the boundary` }
}
