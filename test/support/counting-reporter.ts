import { Runner, reporters } from "mocha";

/** Mocha's own `spec` report, closed by one plain line that CI reads: `N passed, N failed`. */
export class CountingReporter extends reporters.Spec {
  constructor(runner: Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const skipped = pending > 0 ? `, ${pending} skipped` : "";
      // After the epilogue, which Spec prints on the same event.
      setImmediate(() => process.stdout.write(`\n${passes} passed, ${failures} failed${skipped}\n`));
    });
  }
}

// Mocha loads a reporter with require() and takes the module itself.
module.exports = CountingReporter;
