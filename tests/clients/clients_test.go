// Package clients_test drives a binary as the tools around terraform do: through terraform-exec, and through
// terraform-plugin-testing with providers that the test process serves. CLIENTS_BINARY names the binary; without it that is
// the terraform on PATH.
package clients_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-exec/tfexec"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-mux/tf5muxserver"
	"github.com/hashicorp/terraform-plugin-mux/tf5to6server"
	"github.com/hashicorp/terraform-plugin-mux/tf6muxserver"

	"formwork/clients/framework"
	"formwork/clients/legacy"
	"formwork/clients/store"
)

const address = "registry.terraform.io/hashicorp/clients"

// binary is the program under test.
var binary string

// directory is the store of all providers.
var directory string

func TestMain(m *testing.M) {
	if os.Getenv("TF_PLUGIN_MAGIC_COOKIE") != "" {
		serve()
		return
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// serve makes this program a provider: the mirror holds a link to it.
func serve() {
	server := providerserver.NewProtocol6(framework.New(framework.Options{Nested: true}))
	if err := tf6server.Serve(address, server); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(m *testing.M) (int, error) {
	var err error
	binary, err = exec.LookPath("terraform")
	if named := os.Getenv("CLIENTS_BINARY"); named != "" {
		binary, err = filepath.Abs(named)
	}
	if err != nil {
		return 0, fmt.Errorf("CLIENTS_BINARY names no program, and there is no terraform: %w", err)
	}
	root, err := os.MkdirTemp("", "clients")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(root)
	directory = filepath.Join(root, "store")
	config, err := install(root)
	if err != nil {
		return 0, err
	}
	for name, value := range map[string]string{
		"TF_ACC":                "1",
		"TF_ACC_TERRAFORM_PATH": binary,
		"TF_CLI_CONFIG_FILE":    config,
		store.Variable:          directory,
		"CHECKPOINT_DISABLE":    "1",
	} {
		if err := os.Setenv(name, value); err != nil {
			return 0, err
		}
	}
	return m.Run(), nil
}

// install makes a mirror with this program as a provider in it, and a configuration that installs from nowhere else.
func install(root string) (string, error) {
	mirror := filepath.Join(root, "mirror")
	platform := runtime.GOOS + "_" + runtime.GOARCH
	for _, version := range []string{"1.0.0", "1.1.0"} {
		target := filepath.Join(mirror, address, version, platform)
		if err := os.MkdirAll(target, 0o755); err != nil {
			return "", err
		}
		program, err := os.Executable()
		if err != nil {
			return "", err
		}
		if err := os.Symlink(program, filepath.Join(target, "terraform-provider-clients_v"+version)); err != nil {
			return "", err
		}
	}
	config := filepath.Join(root, "cli.tfrc")
	text := fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	return config, os.WriteFile(config, []byte(text), 0o644)
}

type factories5 = map[string]func() (tfprotov5.ProviderServer, error)
type factories6 = map[string]func() (tfprotov6.ProviderServer, error)

// onFramework serves the provider on terraform-plugin-framework, over protocol 6.
func onFramework() factories6 {
	return factories6{"clients": providerserver.NewProtocol6WithError(framework.New(framework.Options{Nested: true}))}
}

// beforeUpgrade is the release before.
func beforeUpgrade() factories6 {
	return factories6{"clients": providerserver.NewProtocol6WithError(framework.New(framework.Options{Old: true}))}
}

// onSDK serves the provider on terraform-plugin-sdk, over protocol 5.
func onSDK() factories5 {
	return factories5{"clients": func() (tfprotov5.ProviderServer, error) { return legacy.New().GRPCProvider(), nil }}
}

// muxed5 serves both as one, over protocol 5.
func muxed5() factories5 {
	return factories5{"clients": func() (tfprotov5.ProviderServer, error) {
		server, err := tf5muxserver.NewMuxServer(
			context.Background(),
			providerserver.NewProtocol5(framework.New(framework.Options{})),
			legacy.New().GRPCProvider,
		)
		if err != nil {
			return nil, err
		}
		return server.ProviderServer(), nil
	}}
}

// muxed6 serves both as one, over protocol 6.
func muxed6() factories6 {
	return factories6{"clients": func() (tfprotov6.ProviderServer, error) {
		ctx := context.Background()
		upgraded, err := tf5to6server.UpgradeServer(ctx, legacy.New().GRPCProvider)
		if err != nil {
			return nil, err
		}
		server, err := tf6muxserver.NewMuxServer(
			ctx,
			providerserver.NewProtocol6(framework.New(framework.Options{Nested: true})),
			func() tfprotov6.ProviderServer { return upgraded },
		)
		if err != nil {
			return nil, err
		}
		return server.ProviderServer(), nil
	}}
}

// opened gives the store.
func opened(t *testing.T) *store.Store {
	t.Helper()
	opened, err := store.Open(directory)
	must(t, err)
	return opened
}

// at makes a directory with files and terraform-exec's handle on it.
func at(t *testing.T, files map[string]string) *tfexec.Terraform {
	t.Helper()
	directory := t.TempDir()
	for name, text := range files {
		put(t, filepath.Join(directory, name), text)
	}
	tf, err := tfexec.NewTerraform(directory, binary)
	must(t, err)
	return tf
}

func put(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustFail wants an error that says this.
func mustFail(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, but one with %q is due", text)
	}
	if !strings.Contains(err.Error(), text) {
		t.Fatalf("%q is not in: %v", text, err)
	}
}

// same wants two equal values.
func same[T comparable](t *testing.T, what string, found, expected T) {
	t.Helper()
	if found != expected {
		t.Errorf("%s is %v, not %v", what, found, expected)
	}
}
