// Reads what pages say from their source, so that a better word breaks no test.
import { buildSync } from 'esbuild'
import { inWorkshop } from '../tools/places.mjs'

export async function textsIn(language) {
  const { outputFiles } = buildSync({
    entryPoints: [inWorkshop('app/texts.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'told',
    charset: 'utf8',
  })
  const wx = { getAppBaseInfo: () => ({ language: language === 'zh' ? 'zh_CN' : 'en' }) }
  return new Function('wx', `${outputFiles[0].text}\nreturn told.texts`)(wx)
}
