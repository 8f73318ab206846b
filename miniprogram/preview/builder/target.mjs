import { inWorkshop } from '../../tools/places.mjs'

/** Where the Python package ships the preview from. */
export const TARGET = inWorkshop('../src/wxlogin/entrypoints/demo/static/preview')
