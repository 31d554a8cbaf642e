package framework

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"formwork/clients/store"
)

// shelfResource has nested attributes of every shape.
type shelfResource struct {
	store *store.Store
}

var _ resource.ResourceWithConfigure = (*shelfResource)(nil)

type shelf struct {
	ID    types.String    `tfsdk:"id"`
	Place *place          `tfsdk:"place"`
	Books []book          `tfsdk:"books"`
	Boxes map[string]book `tfsdk:"boxes"`
	Any   types.Dynamic   `tfsdk:"any"`
}

type place struct {
	Room  types.String `tfsdk:"room"`
	Level types.Int64  `tfsdk:"level"`
}

type book struct {
	Title types.String `tfsdk:"title"`
	Pages types.Int64  `tfsdk:"pages"`
	Code  types.String `tfsdk:"code"`
}

// kept is what the store holds of a shelf: the dynamic value stays with terraform.
type kept struct {
	ID string
}

func (r *shelfResource) Metadata(
	_ context.Context, request resource.MetadataRequest, response *resource.MetadataResponse,
) {
	response.TypeName = request.ProviderTypeName + "_shelf"
}

func (r *shelfResource) Schema(_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse) {
	books := schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
		"title": schema.StringAttribute{Required: true},
		"pages": schema.Int64Attribute{Optional: true},
		"code":  schema.StringAttribute{Optional: true, Sensitive: true},
	}}
	response.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"place": schema.SingleNestedAttribute{Optional: true, Attributes: map[string]schema.Attribute{
			"room":  schema.StringAttribute{Required: true},
			"level": schema.Int64Attribute{Optional: true},
		}},
		"books": schema.ListNestedAttribute{Optional: true, NestedObject: books},
		"boxes": schema.MapNestedAttribute{Optional: true, NestedObject: books},
		"any":   schema.DynamicAttribute{Optional: true},
	}}
}

func (r *shelfResource) Configure(
	_ context.Context, request resource.ConfigureRequest, _ *resource.ConfigureResponse,
) {
	r.store, _ = request.ProviderData.(*store.Store)
}

func (r *shelfResource) Create(ctx context.Context, request resource.CreateRequest, response *resource.CreateResponse) {
	var wanted shelf
	response.Diagnostics.Append(request.Plan.Get(ctx, &wanted)...)
	if response.Diagnostics.HasError() {
		return
	}
	wanted.ID = types.StringValue(r.store.NewID("shelf"))
	if err := r.store.Put(wanted.ID.ValueString(), kept{ID: wanted.ID.ValueString()}); err != nil {
		response.Diagnostics.AddError("Cannot write the shelf", err.Error())
	}
	response.Diagnostics.Append(response.State.Set(ctx, &wanted)...)
}

func (r *shelfResource) Read(ctx context.Context, request resource.ReadRequest, response *resource.ReadResponse) {
	var id types.String
	response.Diagnostics.Append(request.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if err := r.store.Get(id.ValueString(), &kept{}); errors.Is(err, store.ErrNone) {
		response.State.RemoveResource(ctx)
	}
}

func (r *shelfResource) Update(ctx context.Context, request resource.UpdateRequest, response *resource.UpdateResponse) {
	var wanted shelf
	response.Diagnostics.Append(request.Plan.Get(ctx, &wanted)...)
	response.Diagnostics.Append(response.State.Set(ctx, &wanted)...)
}

func (r *shelfResource) Delete(ctx context.Context, request resource.DeleteRequest, response *resource.DeleteResponse) {
	var id types.String
	response.Diagnostics.Append(request.State.GetAttribute(ctx, path.Root("id"), &id)...)
	if err := r.store.Delete(id.ValueString()); err != nil {
		response.Diagnostics.AddError("Cannot delete the shelf", err.Error())
	}
}
