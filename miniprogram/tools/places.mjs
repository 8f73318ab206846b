import path from 'node:path'
import { fileURLToPath } from 'node:url'

const workshop = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

/** Answers where a path of this folder is, from wherever the command is run. */
export const inWorkshop = (relative) => path.join(workshop, relative)
