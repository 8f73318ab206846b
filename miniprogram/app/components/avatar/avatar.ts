/** A picture, or the first letter of a name where there is none or it does not load. */
Component({
  properties: {
    src: { type: String, value: '' },
    name: { type: String, value: '' },
    /** In rpx. */
    size: { type: Number, value: 128 },
  },
  data: { letter: '', broken: false },
  observers: {
    name(name: string) {
      // By code points, so that an emoji stays whole.
      this.setData({ letter: Array.from(name)[0] ?? '' })
    },
    src() {
      this.setData({ broken: false })
    },
  },
  methods: {
    onError() {
      this.setData({ broken: true })
    },
  },
})
