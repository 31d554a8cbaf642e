//! Operations over the engine: load, validate, plan, apply, refresh, import. The one place engine meets effects.
