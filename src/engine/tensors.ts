import * as tf from '@tensorflow/tfjs';

/**
 * `tf.tidy` for work that awaits: gives back all tensors that were made while `work` ran, but for those in its
 * result, which then belong to the surrounding scope. Also when `work` fails.
 *
 * TensorFlow.js has one stack of scopes for the whole process. So only one such block may run at a time, with others
 * inside it but never beside it, and nothing else may make tensors meanwhile that are to live longer.
 *
 * @throws Error when blocks overlap without one being inside the other: a fault of the program
 *
 * @example
 * const mask = await tidyAsync(async () => {
 *   const logits = network.run(frame);
 *   await breathe();
 *   return tf.sigmoid(logits);
 * });
 */
export async function tidyAsync<T extends tf.TensorContainer>(work: () => Promise<T>): Promise<T> {
  const engine = tf.engine();
  engine.startScope();
  const scope = engine.state.activeScope;
  const end = (result?: T): void => {
    // to end a scope of somebody else would dispose their tensors
    if (engine.state.activeScope !== scope) {
      throw new Error('asynchronous tensor scopes overlap: run such blocks one after the other');
    }
    // endScope looks for tensors in every element of an array of numbers: most of a second per million
    engine.endScope(ArrayBuffer.isView(result) ? undefined : result);
  };
  const running = (async () => work())(); // so that a synchronous throw is a rejection too
  return running.then(
    (result) => {
      end(result);
      return result;
    },
    (error: unknown) => {
      end();
      throw error;
    },
  );
}
