fn main() -> anyhow::Result<()> {
    xtask::fuzz::verify(&xtask::simulation::target()?.join("debug"))
}
