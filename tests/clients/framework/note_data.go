package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"formwork/clients/store"
)

// noteData finds a note by its identifier.
type noteData struct {
	store *store.Store
}

var _ datasource.DataSourceWithConfigure = (*noteData)(nil)

func (d *noteData) Metadata(
	_ context.Context, request datasource.MetadataRequest, response *datasource.MetadataResponse,
) {
	response.TypeName = request.ProviderTypeName + "_note"
}

func (d *noteData) Schema(_ context.Context, _ datasource.SchemaRequest, response *datasource.SchemaResponse) {
	response.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":    schema.StringAttribute{Required: true},
		"title": schema.StringAttribute{Computed: true},
		"tags":  schema.MapAttribute{ElementType: types.StringType, Computed: true},
	}}
}

func (d *noteData) Configure(
	_ context.Context, request datasource.ConfigureRequest, _ *datasource.ConfigureResponse,
) {
	d.store, _ = request.ProviderData.(*store.Store)
}

func (d *noteData) Read(ctx context.Context, request datasource.ReadRequest, response *datasource.ReadResponse) {
	var found struct {
		ID    types.String      `tfsdk:"id"`
		Title types.String      `tfsdk:"title"`
		Tags  map[string]string `tfsdk:"tags"`
	}
	response.Diagnostics.Append(request.Config.Get(ctx, &found)...)
	if response.Diagnostics.HasError() {
		return
	}
	var object stored
	if err := d.store.Get(found.ID.ValueString(), &object); err != nil {
		response.Diagnostics.AddError("Note not found", err.Error())
		return
	}
	found.Title = types.StringValue(object.Title)
	found.Tags = object.Tags
	response.Diagnostics.Append(response.State.Set(ctx, &found)...)
}
