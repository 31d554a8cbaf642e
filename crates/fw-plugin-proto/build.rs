//! Generates the protocol code from the `.proto` files, without protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = ["tfplugin5.proto", "tfplugin6.proto", "plugin.proto"];
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(files, ["proto"])?;
    // `bytes` keeps values and schemas as views into the received message; `btree_map` gives the same bytes every time.
    tonic_prost_build::configure().bytes(".").btree_map(".").compile_fds(descriptors)?;
    Ok(())
}
