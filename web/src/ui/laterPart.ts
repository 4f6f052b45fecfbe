import { type Component, defineAsyncComponent } from 'vue';
import { useToasts } from '../stores/toasts.ts';

/** A part of the page that is loaded when it is first wanted. When that fails, as after a deploy, it is said. */
export function laterPart(load: () => Promise<{ default: Component }>): Component {
  return defineAsyncComponent({
    loader: load,
    onError(_error, _retry, fail) {
      useToasts().show(
        'failed',
        'This could not be loaded. Relay may be away, or be newer than this page: load it again.',
      );
      fail();
    },
  });
}
