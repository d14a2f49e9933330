/** Networks as files. */
export { CheckpointError, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
export {
  fromSafetensors,
  type Safetensors,
  SafetensorsError,
  toSafetensors,
} from "./safetensors.ts";
