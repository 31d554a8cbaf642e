package framework

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"formwork/clients/store"
)

// secret is made when it is opened; the store's log tells of it and of its end.
type secret struct {
	store *store.Store
}

var (
	_ ephemeral.EphemeralResourceWithConfigure = (*secret)(nil)
	_ ephemeral.EphemeralResourceWithClose     = (*secret)(nil)
)

func (e *secret) Metadata(_ context.Context, request ephemeral.MetadataRequest, response *ephemeral.MetadataResponse) {
	response.TypeName = request.ProviderTypeName + "_secret"
}

func (e *secret) Schema(_ context.Context, _ ephemeral.SchemaRequest, response *ephemeral.SchemaResponse) {
	response.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"name":  schema.StringAttribute{Required: true},
		"value": schema.StringAttribute{Computed: true, Sensitive: true},
	}}
}

func (e *secret) Configure(_ context.Context, request ephemeral.ConfigureRequest, _ *ephemeral.ConfigureResponse) {
	e.store, _ = request.ProviderData.(*store.Store)
}

func (e *secret) Open(ctx context.Context, request ephemeral.OpenRequest, response *ephemeral.OpenResponse) {
	var opened struct {
		Name  types.String `tfsdk:"name"`
		Value types.String `tfsdk:"value"`
	}
	response.Diagnostics.Append(request.Config.Get(ctx, &opened)...)
	if response.Diagnostics.HasError() {
		return
	}
	if opened.Name.ValueString() == "" {
		response.Diagnostics.AddError("No secret without a name", "Give the argument `name`.")
		return
	}
	opened.Value = types.StringValue(strings.ToUpper(opened.Name.ValueString()))
	response.Diagnostics.Append(response.Result.Set(ctx, &opened)...)
	response.Diagnostics.Append(response.Private.SetKey(ctx, "opened", []byte(`"`+opened.Name.ValueString()+`"`))...)
	if err := e.store.Log("open " + opened.Name.ValueString()); err != nil {
		response.Diagnostics.AddError("Cannot write the log", err.Error())
	}
}

func (e *secret) Close(ctx context.Context, request ephemeral.CloseRequest, response *ephemeral.CloseResponse) {
	opened, problems := request.Private.GetKey(ctx, "opened")
	response.Diagnostics.Append(problems...)
	if err := e.store.Log("close " + strings.Trim(string(opened), `"`)); err != nil {
		response.Diagnostics.AddError("Cannot write the log", err.Error())
	}
}
