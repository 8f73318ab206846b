import { texts } from '../../texts'

/** Stands where a page has nothing to show: loading, empty, offline, error. */
Component({
  properties: {
    kind: { type: String, value: 'loading' },
    title: { type: String, value: '' },
    detail: { type: String, value: '' },
    /** Offers to try again, with the event `retry`. */
    retry: { type: Boolean, value: false },
  },
  data: { t: texts },
  methods: {
    onRetry() {
      this.triggerEvent('retry')
    },
  },
})
