package framework

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"
)

// shout makes a text louder.
type shout struct{}

func (shout) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "shout"
}

func (shout) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary:     "Makes a text louder",
		Description: "Gives the text in capitals, with an exclamation mark.",
		Parameters:  []function.Parameter{function.StringParameter{Name: "text", Description: "The text."}},
		Return:      function.StringReturn{},
	}
}

func (shout) Run(ctx context.Context, request function.RunRequest, response *function.RunResponse) {
	var text string
	response.Error = request.Arguments.Get(ctx, &text)
	if response.Error != nil {
		return
	}
	if text == "" {
		response.Error = function.NewArgumentFuncError(0, "silence cannot be shouted")
		return
	}
	response.Error = response.Result.Set(ctx, strings.ToUpper(text)+"!")
}

// longest finds the longest of many texts.
type longest struct{}

func (longest) Metadata(_ context.Context, _ function.MetadataRequest, response *function.MetadataResponse) {
	response.Name = "longest"
}

func (longest) Definition(_ context.Context, _ function.DefinitionRequest, response *function.DefinitionResponse) {
	response.Definition = function.Definition{
		Summary:           "Finds the longest text",
		Parameters:        []function.Parameter{function.StringParameter{Name: "first"}},
		VariadicParameter: function.StringParameter{Name: "others", AllowNullValue: true},
		Return:            function.StringReturn{},
	}
}

func (longest) Run(ctx context.Context, request function.RunRequest, response *function.RunResponse) {
	var first string
	var others []*string
	response.Error = request.Arguments.Get(ctx, &first, &others)
	if response.Error != nil {
		return
	}
	for _, other := range others {
		if other != nil && len(*other) > len(first) {
			first = *other
		}
	}
	response.Error = response.Result.Set(ctx, first)
}
