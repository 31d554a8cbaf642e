// Package framework is a small provider on terraform-plugin-framework: a resource with everything that attributes can be,
// one with nested attributes (protocol 6 only), a data source, an ephemeral resource, a list and
// functions.
package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"formwork/clients/store"
)

// Options say what a provider is like.
type Options struct {
	// Nested offers the resource with nested attributes, which protocol 5 cannot describe.
	Nested bool
	// Old is the release before: its notes have schema version 0.
	Old bool
}

// New makes a provider.
func New(options Options) provider.Provider {
	return &clients{options: options}
}

type clients struct {
	options Options
}

var (
	_ provider.Provider                       = (*clients)(nil)
	_ provider.ProviderWithFunctions          = (*clients)(nil)
	_ provider.ProviderWithEphemeralResources = (*clients)(nil)
	_ provider.ProviderWithListResources      = (*clients)(nil)
)

func (p *clients) Metadata(_ context.Context, _ provider.MetadataRequest, response *provider.MetadataResponse) {
	response.TypeName = "clients"
	response.Version = "1.0.0"
}

func (p *clients) Schema(_ context.Context, _ provider.SchemaRequest, response *provider.SchemaResponse) {
	response.Schema = schema.Schema{
		Attributes: map[string]schema.Attribute{
			"directory": schema.StringAttribute{Optional: true, Description: "Where the objects are."},
		},
	}
}

func (p *clients) Configure(
	ctx context.Context, request provider.ConfigureRequest, response *provider.ConfigureResponse,
) {
	var config struct {
		Directory types.String `tfsdk:"directory"`
	}
	response.Diagnostics.Append(request.Config.Get(ctx, &config)...)
	if response.Diagnostics.HasError() || config.Directory.IsUnknown() {
		return
	}
	opened, err := store.Open(config.Directory.ValueString())
	if err != nil {
		response.Diagnostics.AddError("No place for objects", err.Error())
		return
	}
	response.ResourceData = opened
	response.DataSourceData = opened
	response.EphemeralResourceData = opened
	response.ListResourceData = opened
}

func (p *clients) Resources(context.Context) []func() resource.Resource {
	offered := []func() resource.Resource{
		func() resource.Resource { return &noteResource{old: p.options.Old} },
	}
	if p.options.Nested {
		offered = append(offered, func() resource.Resource { return &shelfResource{} })
	}
	return offered
}

func (p *clients) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return &noteData{} }}
}

func (p *clients) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return &secret{} }}
}

func (p *clients) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{func() list.ListResource { return &noteList{} }}
}

func (p *clients) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		func() function.Function { return shout{} },
		func() function.Function { return longest{} },
	}
}
