//! `cidrhost` and its relatives.

use fw_value::{Type, Value};
use num_bigint::BigInt;

use crate::define::{CallResult, fail, fail_at, function, number, string_result, strings_result, text};
use crate::function::{Call, CallError, Function, Parameter};
use crate::go::net::{NO_NETWORK, Network};

fn prefix() -> Parameter {
    text("prefix").describe("An address range in CIDR notation, such as `10.0.0.0/8`.")
}

pub(crate) fn functions() -> Vec<Function> {
    vec![
        function(
            "cidrhost",
            "`cidrhost` gives the address with a number in an address range.",
            [
                prefix(),
                number("hostnum")
                    .describe("The number of the address in the range; counted from the end when negative."),
            ],
            string_result,
            host,
        ),
        function(
            "cidrnetmask",
            "`cidrnetmask` gives the netmask of an IPv4 address range.",
            [prefix()],
            string_result,
            netmask,
        ),
        function(
            "cidrsubnet",
            "`cidrsubnet` gives the range with a number among those of equal size in an address range.",
            [
                prefix(),
                number("newbits").describe("How many bits longer the prefix of the result is."),
                number("netnum").describe("The number of the range, which must fit into the new bits."),
            ],
            string_result,
            subnet,
        ),
        function(
            "cidrsubnets",
            "`cidrsubnets` gives consecutive ranges of the wanted sizes in an address range.",
            [prefix()],
            strings_result,
            subnets,
        )
        .variadic(number("newbits")),
    ]
}

fn network(text: &str) -> Result<Network, String> {
    Network::parse(text).map_err(|error| format!("invalid CIDR expression: {error}"))
}

fn whole(call: &Call<'_>, index: usize) -> Result<BigInt, CallError> {
    call.number(index).to_bigint().map_or_else(|| fail("value must be a whole number"), Ok)
}

fn host(call: &Call<'_>, _: &Type) -> CallResult {
    let number = whole(call, 1)?;
    let host = network(call.text(0)).and_then(|network| network.host(&number));
    host.map(|address| address.text().into()).map_err(CallError::Call)
}

fn netmask(call: &Call<'_>, _: &Type) -> CallResult {
    let network = network(call.text(0)).map_err(CallError::Call)?;
    if network.address().to_v4().is_none() {
        return fail(format!("IPv6 addresses cannot have a netmask: {}", call.text(0)));
    }
    Ok(network.netmask().text().into())
}

fn subnet(call: &Call<'_>, _: &Type) -> CallResult {
    let new_bits = call.integer(1).map_err(CallError::Call)?;
    let number = whole(call, 2)?;
    let subnet = network(call.text(0)).and_then(|network| network.subnet(new_bits, &number));
    subnet.map(Value::from).map_err(CallError::Call)
}

fn subnets(call: &Call<'_>, _: &Type) -> CallResult {
    let network = network(call.text(0)).map_err(|message| CallError::Argument(0, message))?;
    let mut found = Vec::new();
    // Where the last subnet ended; at first just before the range. `None` where Go has no such network.
    let mut current: Option<Network> = None;
    for index in 1..call.arguments.len() {
        let new_bits = call.integer(index).map_err(|message| CallError::Argument(index, message))?;
        let length = subnet_prefix(&network, new_bits).map_err(|message| CallError::Argument(index, message))?;
        if index == 1 {
            current = network.previous(length);
        }
        let next = current.as_ref().and_then(|current| current.next(length));
        let Some(next) = next.filter(|next| network.contains(next.address())) else {
            let after = current.map_or_else(|| NO_NETWORK.to_owned(), |current| current.text());
            return fail_at(
                index,
                format!("not enough remaining address space for a subnet with a prefix of {length} bits after {after}"),
            );
        };
        found.push(Value::from(next.text()));
        current = Some(next);
    }
    Ok(Value::list(Type::String, found))
}

fn subnet_prefix(network: &Network, new_bits: i64) -> Result<usize, String> {
    if new_bits < 1 {
        return Err("must extend prefix by at least one bit".to_owned());
    }
    let Some(new_bits) = usize::try_from(new_bits).ok().filter(|bits| *bits <= 32) else {
        return Err("may not extend prefix by more than 32 bits".to_owned());
    };
    let length = network.prefix() + new_bits;
    if length > network.bits() {
        let protocol = if network.bits() == 32 { "IPv4" } else { "IPv6" };
        return Err(format!("would extend prefix to {length} bits, which is too long for an {protocol} address"));
    }
    Ok(length)
}
