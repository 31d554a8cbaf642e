//! Configuration and inputs to desired values: lazy, per module instance, memoised. Knows no state, plan or plugin.
