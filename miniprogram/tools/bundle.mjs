import { build } from 'esbuild'
import { inWorkshop } from './places.mjs'

const EXPORTS = ['createClient', 'WxLoginError', 'NetworkError', 'ServiceError', 'EndedError']

/**
 * Bundles the library into one minified CommonJS file; answers esbuild's result. The exports are
 * written by hand: what esbuild would write for them is half a kilobyte.
 */
export const bundled = (options) =>
  build({
    stdin: {
      contents: `import { ${EXPORTS} } from './index'\nObject.assign(_e, { ${EXPORTS} })`,
      resolveDir: inWorkshop('app/wxlogin'),
    },
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2018',
    charset: 'utf8',
    logLevel: 'warning',
    banner: { js: 'var _e=exports;' },
    ...options,
  })
