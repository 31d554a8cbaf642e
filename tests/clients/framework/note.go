package framework

import (
	"context"
	"errors"
	"math/big"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"formwork/clients/store"
)

// noteResource keeps a text with what belongs to it.
type noteResource struct {
	store *store.Store
	old   bool
}

var (
	_ resource.ResourceWithConfigure      = (*noteResource)(nil)
	_ resource.ResourceWithImportState    = (*noteResource)(nil)
	_ resource.ResourceWithIdentity       = (*noteResource)(nil)
	_ resource.ResourceWithUpgradeState   = (*noteResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*noteResource)(nil)
	_ resource.ResourceWithValidateConfig = (*noteResource)(nil)
)

// note is the object as terraform knows it.
type note struct {
	ID       types.String `tfsdk:"id"`
	Title    types.String `tfsdk:"title"`
	Body     types.String `tfsdk:"body"`
	Kind     types.String `tfsdk:"kind"`
	Tags     types.Map    `tfsdk:"tags"`
	Readers  types.Set    `tfsdk:"readers"`
	Weight   types.Number `tfsdk:"weight"`
	Priority types.Int64  `tfsdk:"priority"`
	Secret   types.String `tfsdk:"secret"`
	SecretWO types.String `tfsdk:"secret_wo"`
	Words    types.List   `tfsdk:"words"`
	Lines    types.List   `tfsdk:"line"`
}

// stored is the object as the store knows it.
type stored struct {
	ID       string
	Title    string
	Body     *string
	Kind     *string
	Tags     map[string]string
	Readers  []string
	Weight   string
	Priority int64
	Secret   *string
	// Told is the last secret that was written; states never hold it.
	Told  string
	Lines []line
}

type line struct {
	Text   string `tfsdk:"text"`
	Indent *int64 `tfsdk:"indent"`
}

var lineType = types.ObjectType{AttrTypes: map[string]attr.Type{"text": types.StringType, "indent": types.Int64Type}}

func (r *noteResource) Metadata(
	_ context.Context, request resource.MetadataRequest, response *resource.MetadataResponse,
) {
	response.TypeName = request.ProviderTypeName + "_note"
}

func (r *noteResource) Schema(_ context.Context, _ resource.SchemaRequest, response *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed:      true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"title": schema.StringAttribute{Required: true, Description: "What it is called."},
		"body":  schema.StringAttribute{Optional: true},
		"kind": schema.StringAttribute{
			Optional:      true,
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
		},
		"tags":     schema.MapAttribute{ElementType: types.StringType, Optional: true},
		"readers":  schema.SetAttribute{ElementType: types.StringType, Optional: true},
		"weight":   schema.NumberAttribute{Optional: true},
		"priority": schema.Int64Attribute{Optional: true, Computed: true, Default: int64default.StaticInt64(1)},
		"secret":   schema.StringAttribute{Optional: true, Sensitive: true},
		"secret_wo": schema.StringAttribute{
			Optional: true, Sensitive: true, WriteOnly: true,
		},
		"words": schema.ListAttribute{ElementType: types.StringType, Computed: true},
	}
	version := int64(1)
	if r.old {
		// The release before called the title `name`.
		attributes["name"] = attributes["title"]
		delete(attributes, "title")
		version = 0
	}
	response.Schema = schema.Schema{
		Version:    version,
		Attributes: attributes,
		Blocks: map[string]schema.Block{
			"line": schema.ListNestedBlock{
				NestedObject: schema.NestedBlockObject{Attributes: map[string]schema.Attribute{
					"text":   schema.StringAttribute{Required: true},
					"indent": schema.Int64Attribute{Optional: true},
				}},
			},
		},
	}
}

func (r *noteResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, response *resource.IdentitySchemaResponse,
) {
	response.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"id": identityschema.StringAttribute{RequiredForImport: true},
	}}
}

func (r *noteResource) Configure(
	_ context.Context, request resource.ConfigureRequest, _ *resource.ConfigureResponse,
) {
	r.store, _ = request.ProviderData.(*store.Store)
}

func (r *noteResource) ValidateConfig(
	ctx context.Context, request resource.ValidateConfigRequest, response *resource.ValidateConfigResponse,
) {
	var title types.String
	response.Diagnostics.Append(request.Config.GetAttribute(ctx, r.titlePath(), &title)...)
	if strings.Contains(title.ValueString(), "forbidden") {
		response.Diagnostics.AddAttributeError(
			r.titlePath(), "Forbidden title", "A title must not contain this word: "+title.ValueString()+".",
		)
	}
	if strings.Contains(title.ValueString(), "doubtful") {
		response.Diagnostics.AddAttributeWarning(r.titlePath(), "Doubtful title", "Another one would be better.")
	}
}

func (r *noteResource) titlePath() path.Path {
	if r.old {
		return path.Root("name")
	}
	return path.Root("title")
}

// ModifyPlan knows the words as soon as the body is known.
func (r *noteResource) ModifyPlan(
	ctx context.Context, request resource.ModifyPlanRequest, response *resource.ModifyPlanResponse,
) {
	if request.Plan.Raw.IsNull() {
		return
	}
	var body types.String
	response.Diagnostics.Append(request.Plan.GetAttribute(ctx, path.Root("body"), &body)...)
	if !body.IsUnknown() && !response.Diagnostics.HasError() {
		response.Diagnostics.Append(response.Plan.SetAttribute(ctx, path.Root("words"), words(body.ValueString()))...)
	}
}

func words(body string) []string {
	return append([]string{}, strings.Fields(body)...)
}

func (r *noteResource) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	if r.old {
		return nil
	}
	return map[int64]resource.StateUpgrader{0: {StateUpgrader: upgradeNote}}
}

func (r *noteResource) ImportState(
	ctx context.Context, request resource.ImportStateRequest, response *resource.ImportStateResponse,
) {
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), request, response)
}

func (s *stored) weight() (types.Number, error) {
	if s.Weight == "" {
		return types.NumberNull(), nil
	}
	number, _, err := big.ParseFloat(s.Weight, 10, 512, big.ToNearestEven)
	return types.NumberValue(number), err
}

var errGone = errors.New("the object disappeared")
