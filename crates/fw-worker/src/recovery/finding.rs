//! Finds an object whose making was cut short, by the identity it was to have.
//!
//! An object is believed to be ours only if it is in everything as the plan wanted it: what merely has the same name may be
//! somebody else's, and a person decides about it.

use std::sync::Arc;

use fw_apply::Work;
use fw_config::When;
use fw_provider::ImportTarget;
use fw_state::{Change, ObjectState, ObjectStatus};
use fw_value::Value;

use super::{Open, Settling, Verdict};
use crate::trouble::Trouble;

/// What the engine says when a provider finds no object to import.
const NOT_THERE: &str = "Cannot import non-existent remote object";

impl Settling<'_> {
    /// Looks an object up by its identity, given as JSON.
    pub(super) fn find(&mut self, one: &Open, identity: &str) -> Result<Verdict, Trouble> {
        let unknown = |why: String| Ok(Verdict::Unknown(why));
        let Some(planned) = self.planned(one).cloned() else {
            return unknown("the plan that it was part of is over".to_owned());
        };
        let Some(identity) = self.identity(one, identity)? else {
            return unknown("the provider does not know its identity any more".to_owned());
        };
        let variables = self.variables();
        let options = fw_plan::PlanOptions { parallelism: self.site.parallelism(), ..fw_plan::PlanOptions::default() };
        let request = self.request(&options, &variables);
        let outcome = self.site.engine().import(&request, &one.address, ImportTarget::Identity(identity));
        if outcome.diagnostics.iter().any(|told| told.summary == NOT_THERE) {
            return self.void(one);
        }
        if let Some(error) = outcome.diagnostics.iter().find(|told| told.is_error()) {
            return unknown(format!("it could not be looked up: {}", error.summary));
        }
        let found = outcome.state.current(&one.address).cloned();
        let resource = outcome.state.resource(&one.address.containing());
        let (Some(found), Some(resource)) = (found, resource) else {
            return unknown("looking it up has found nothing".to_owned());
        };
        if !self.is_as_planned(one, &found)? {
            return unknown("there is an object of this identity, but not as the plan wants it".to_owned());
        }
        let provisioned = !self.has_provisioners(one);
        let object = ObjectState {
            dependencies: Arc::clone(&planned.dependencies),
            create_before_destroy: planned.create_before_destroy,
            // Nobody has run its provisioners.
            status: if provisioned { found.status } else { ObjectStatus::Tainted },
            ..(*found).clone()
        };
        let (address, provider) = (one.address.clone(), (*resource.provider).clone());
        let verdict =
            self.done(one, &Change::Object { address, deposed: None, provider, object: Some(Arc::new(object)) })?;
        if !provisioned {
            self.known.failed(Work::Create.name(&one.address, None));
        }
        Ok(verdict)
    }

    fn identity(&self, one: &Open, text: &str) -> Result<Option<Value>, Trouble> {
        let Some(provider) = self.planned(one).map(|planned| planned.provider.provider.clone()) else {
            return Ok(None);
        };
        let schemas = self.site.schemas([provider.clone()]).map_err(Trouble::configuration)?;
        let schema = schemas.get(&provider).and_then(|all| all.identity(&one.address.resource.kind));
        Ok(schema.and_then(|schema| fw_value::json::unmarshal_str(text, &schema.implied_type()).ok()))
    }

    /// Whether something is to be run after the object was made.
    fn has_provisioners(&self, one: &Open) -> bool {
        let resource = one.address.config();
        let module = self.site.config.modules.get(&resource.module);
        let block = module.and_then(|module| module.resources.get(&resource.resource));
        block.is_some_and(|block| block.provisioners.iter().any(|provisioner| provisioner.when == When::Create))
    }
}
