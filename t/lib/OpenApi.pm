# SPDX-License-Identifier: Apache-2.0
# Holds responses of the API to its OpenAPI document. Every Client does it with each response
# (t/unit/openapi.t tests it). Stricter than a validator for clients: members and statuses that the
# document does not name are errors.
package OpenApi;
use strict;
use warnings;
use B ();
use Cwd ();
use File::Temp ();
use JSON::PP ();
use Test::Builder ();

# The keywords of JSON Schema that check_value knows; others do not restrict a value.
my %known =
    map { $_ => 1 }
    qw($ref type properties required additionalProperties items minItems maxItems enum const
    pattern minLength maxLength minimum maximum allOf anyOf);
my %annotation = map { $_ => 1 } qw(description examples format default);

# A document, by default the one that the module serves.
sub new {
    my ($class, $document) = @_;
    my $self = bless { document => $document // _own_document(), regex => {} }, $class;
    $self->{operations} = [$self->_find_operations];
    return $self;
}

my $tree = Cwd::getcwd();
my $own;
sub _own_document {
    return $own if $own;
    my $here = Cwd::getcwd();
    chdir $tree or die "$tree: $!";
    require "$tree/tools/openapi.pl";
    $own = OpenApiDocument::make();
    chdir $here or die "$here: $!";
    return $own;
}

# The object that a reference leads to.
sub resolve {
    my ($self, $object) = @_;
    while (ref $object eq 'HASH' && defined $object->{'$ref'} && keys %$object == 1) {
        my $target = $self->{document};
        my ($path) = $object->{'$ref'} =~ m{^#/(.*)}
            or die "$object->{'$ref'}: not in this document";
        $target = $target->{ s{~1}{/}gr =~ s{~0}{~}gr } // die "#/$path: there is no such object"
            for split m{/}, $path;
        $object = $target;
    }
    return $object;
}

# Paths without parameters come first.
sub _find_operations {
    my ($self) = @_;
    my $paths = $self->{document}{paths};
    return map {
        my $pattern = join '', map { /^\{/ ? '[^/]+' : quotemeta } split /(\{[^}]+\})/, $_;
        { path => $_, matches => qr/^$pattern\z/, item => $paths->{$_} }
    } sort { ($a =~ tr/{//) <=> ($b =~ tr/{//) || $a cmp $b } keys %$paths;
}

# A path as httpd normalizes it, without query.
sub normalize_path {
    my ($path) = @_;
    $path =~ s{^https?://[^/]*}{}i;
    $path =~ s{[?#].*}{}s;
    $path =~ s/%(?!2f)([0-9a-f]{2})/chr hex $1/gie;
    1 while $path =~ s{/\.?(?=/)}{} || $path =~ s{/[^/]+/\.\.(?=/|\z)}{};
    $path =~ s{/\.\z}{/};
    return $path;
}

# The entry of a path below the API, or undef. A slash at its end is ignored.
sub find_path {
    my ($self, $path) = @_;
    $path = normalize_path($path) =~ s{(?<=.)/\z}{}r;
    my ($entry) = grep { $path =~ $_->{matches} } @{ $self->{operations} };
    return $entry;
}

# ---- values ----

my %is_type = (
    object => sub { ref $_[0] eq 'HASH' },
    array => sub { ref $_[0] eq 'ARRAY' },
    boolean => sub { JSON::PP::is_bool($_[0]) },
    null => sub { !defined $_[0] },
    string => sub { defined $_[0] && !ref $_[0] && !_is_number($_[0]) },
    number => sub { _is_number($_[0]) },
    integer => sub { _is_number($_[0]) && $_[0] == int $_[0] },
);

sub _is_number {
    my ($value) = @_;
    return 0 if !defined $value || ref $value;
    my $flags = B::svref_2object(\$value)->FLAGS;
    return !!($flags & (B::SVp_IOK | B::SVp_NOK)) && !($flags & B::SVp_POK);
}

sub _same { my ($left, $right) = @_; return _text($left) eq _text($right) }
sub _text { return JSON::PP->new->canonical->allow_nonref->encode($_[0]) }

# What is wrong with a value: lines that begin with its place. Members that no schema names are
# wrong.
sub check_value {
    my ($self, $schema, $value, $where) = @_;
    my @wrong;
    my $named = $self->_evaluate($schema, $value, $where, \@wrong);
    if (ref $value eq 'HASH' && $named) {
        push @wrong, "$where/$_: the document has no such member"
            for grep { !$named->{$_} } sort keys %$value;
    }
    return @wrong;
}

# Adds to @$wrong. Returns the members that the schema names; undef: any member is allowed.
sub _evaluate {
    my ($self, $schema, $value, $where, $wrong) = @_;
    my %named;
    my $is_open = 0;
    my $say = sub { push @$wrong, "$where: $_[0]" };
    my $merge = sub {
        my ($more) = @_;
        $more ? @named{ keys %$more } = values %$more : ($is_open = 1);
    };
    for (keys %$schema) {
        die "$where: this validator does not know the keyword $_"
            if !$known{$_} && !$annotation{$_};
    }
    if (defined $schema->{'$ref'}) {
        my $target = $self->resolve({ '$ref' => $schema->{'$ref'} });
        $merge->($self->_evaluate($target, $value, $where, $wrong));
    }
    if (defined $schema->{type}) {
        my @types = ref $schema->{type} ? @{ $schema->{type} } : $schema->{type};
        if (!grep { ($is_type{$_} // die "$where: type $_")->($value) } @types) {
            $say->(_text($value) . " is not of type @types");
            return \%named;
        }
    }
    $say->(_text($value) . ' is not ' . _text($schema->{const}))
        if exists $schema->{const} && !_same($value, $schema->{const});
    $say->(_text($value) . ' is not one of ' . _text($schema->{enum}))
        if $schema->{enum} && !grep { _same($value, $_) } @{ $schema->{enum} };
    if ($is_type{string}->($value)) {
        my $pattern = $schema->{pattern};
        $say->(_text($value) . " does not match $pattern")
            if defined $pattern && $value !~ ($self->{regex}{$pattern} //= qr/$pattern/);
        $say->(_text($value) . ' is too short') if length $value < ($schema->{minLength} // 0);
        $say->(_text($value) . ' is too long') if length $value > ($schema->{maxLength} // 'inf');
    }
    elsif ($is_type{number}->($value)) {
        $say->("$value is too small") if $value < ($schema->{minimum} // '-inf');
        $say->("$value is too large") if $value > ($schema->{maximum} // 'inf');
    }
    elsif (ref $value eq 'ARRAY') {
        $say->('too few elements') if @$value < ($schema->{minItems} // 0);
        $say->('too many elements') if @$value > ($schema->{maxItems} // 'inf');
        if ($schema->{items}) {
            push @$wrong, $self->check_value($schema->{items}, $value->[$_], "$where/$_")
                for 0 .. $#$value;
        }
    }
    elsif (ref $value eq 'HASH') {
        my $members = $schema->{properties} // {};
        my $others = $schema->{additionalProperties};
        $say->("$_ is missing") for grep { !exists $value->{$_} } @{ $schema->{required} // [] };
        for my $name (sort keys %$value) {
            my $member = $members->{$name} // (ref $others eq 'HASH' ? $others : next);
            $named{$name} = 1;
            push @$wrong, $self->check_value($member, $value->{$name}, "$where/$name");
        }
        $is_open = 1 if $others && ref $others ne 'HASH';
    }
    $merge->($self->_evaluate($_, $value, $where, $wrong)) for @{ $schema->{allOf} // [] };
    if ($schema->{anyOf}) {
        my @tries = map {
            my @of_this;
            [$self->_evaluate($_, $value, $where, \@of_this), @of_this]
        } @{ $schema->{anyOf} };
        my @matching = grep { @$_ == 1 } @tries;
        $merge->($_->[0]) for @matching;
        if (!@matching) {
            my ($closest) = sort { @$a <=> @$b } @tries;
            push @$wrong, @$closest[1 .. $#$closest];
        }
    }
    return $is_open ? undef : \%named;
}

# ---- responses ----

# The responses of an operation by their status, 4XX and 5XX apart.
sub _find_response {
    my ($self, $operation, $status) = @_;
    my $responses = $operation->{responses};
    my ($class) = $status =~ /^(\d)/;
    return $self->resolve($responses->{$status} // $responses->{"${class}XX"} // return);
}

sub _code {
    my ($answer) = @_;
    return ref $answer->{json} eq 'HASH' ? $answer->{json}{code} // '' : '';
}

sub _check_headers {
    my ($self, $response, $answer) = @_;
    my @wrong;
    for my $name (sort keys %{ $response->{headers} // {} }) {
        my $header = $self->resolve($response->{headers}{$name});
        my $values = $answer->{headers}{ lc $name };
        # With the other word of a 429 there is no time to wait.
        my $is_needed = $header->{required}
            || $name eq 'Retry-After' && _code($answer) eq 'rate_limited';
        push @wrong, "header $name is missing" if !$values && $is_needed;
        push @wrong, $self->check_value($header->{schema}, "$_", "header $name")
            for @{ $values // [] };
    }
    return @wrong;
}

sub _check_content {
    my ($self, $response, $answer, $is_head) = @_;
    my ($type) = @{ $answer->{headers}{'content-type'} // [] };
    my $content = $response->{content};
    if (!$content) {
        return (
            (defined $type ? "Content-Type $type, but no content is documented" : ()),
            (length $answer->{body} ? 'a body, but none is documented' : ())
        );
    }
    my ($media) = ($type // 'none') =~ /^([^;\s]+)/;
    return "Content-Type $media is not documented" if !$content->{$media};
    return "Content-Type $type has no charset=utf-8"
        if $media eq 'application/json'
        && $type ne 'application/json; charset=utf-8'
        && !$answer->{headers}{etag};
    return length $answer->{body} ? 'HEAD has a body' : () if $is_head;
    return 'the body is not JSON' if !defined $answer->{json};
    return $self->check_value($content->{$media}{schema}, $answer->{json}, 'body');
}

# Headers that each response of the API has.
sub _check_conventions {
    my ($answer) = @_;
    my %header = map { $_ => join ', ', @{ $answer->{headers}{$_} } } keys %{ $answer->{headers} };
    my @wrong;
    push @wrong, 'X-Content-Type-Options is not nosniff'
        if ($header{'x-content-type-options'} // '') ne 'nosniff' && $answer->{status} != 304;
    my $is_public = $answer->{status} =~ /^(?:200|304)\z/ && $header{etag};
    my $cache = $is_public ? 'public, max-age=300' : 'no-store';
    push @wrong, "Cache-Control is not $cache" if ($header{'cache-control'} // '') ne $cache;
    return @wrong;
}

# The methods of a path, as Allow lists them.
sub _allowed {
    my ($entry) = @_;
    return join ', ',
        (map { $entry->{item}{ lc $_ } ? $_ eq 'GET' ? 'GET, HEAD' : $_ : () }
            qw(GET POST PATCH DELETE)), 'OPTIONS';
}

# What is said about errors of unknown paths and methods: a code word and Allow.
sub _check_refusal {
    my ($self, $answer, $code, $allow) = @_;
    my $error = { '$ref' => '#/components/schemas/Error' };
    my @wrong = $self->_check_content(
        { content => { 'application/json' => { schema => $error } } },
        $answer, 0
    );
    push @wrong, "the code is not $code"
        if !@wrong && $answer->{json}{code} !~ /^(?:$code)\z/;
    my $listed = $answer->{headers}{allow}[0] // '';
    push @wrong, "Allow is '$listed', not '$allow'" if defined $allow && $listed ne $allow;
    return @wrong;
}

# The routes of AuthSMSStatus always200, and the status that a response has without it.
our %always200 = map { $_ => 1 } '/user', '/user/{id}/verify', '/authenticate';
sub _true_status {
    my ($self, $operation, $answer) = @_;
    my $json = $answer->{json};
    my $code = ref $json eq 'HASH' ? $json->{code} : undef;
    my $responses = $operation->{responses};
    if (!defined $code) {
        return (grep { /^2/ && $_ ne '202' } sort keys %$responses)[0];
    }
    for my $status (sort keys %$responses) {
        return $status
            if $status !~ /^2/
            && !$self->check_value(
            $self->resolve($responses->{$status})->{content}{'application/json'}{schema}, $json,
            ''
            );
    }
    return $answer->{status};
}

# What is wrong with a response (of Client) to a request: lines; none if it is as documented.
# always200: as AuthSMSStatus. The path is that below the API.
sub check_response {
    my ($self, $method, $path, $answer, $always200) = @_;
    my $status = $answer->{status};
    return 'there is no response' if !defined $status;
    my $entry = $self->find_path($path);
    my @wrong = _check_conventions($answer);
    if ($method eq 'OPTIONS' && $status == 204) {
        push @wrong, 'Allow is not that of the document'
            if $entry && ($answer->{headers}{allow}[0] // '') ne _allowed($entry);
        return @wrong, length $answer->{body} ? 'a body' : ();
    }
    my $operation = $entry && $entry->{item}{ $method eq 'HEAD' ? 'get' : lc $method };
    if (!$operation) {
        return @wrong if $method eq 'HEAD';
        return @wrong, $self->_check_refusal($answer, 'not_found') if $status == 404;
        return @wrong,
            $self->_check_refusal($answer, 'method_not_allowed', $entry && _allowed($entry))
            if $status == 405;
        my $general = 'bad_request|forbidden|request_timeout|uri_too_long|not_implemented'
            . '|too_large|server_error|unavailable';
        return @wrong, $self->_check_refusal($answer, $general) if $status >= 400;
        return @wrong, "status $status, but the document has no such operation";
    }
    $status = $self->_true_status($operation, $answer)
        if $always200 && $status == 200 && $method eq 'POST' && $always200{ $entry->{path} };
    my $response = $self->_find_response($operation, $status) // return @wrong,
        "status $status is not documented";
    return @wrong, $self->_check_headers($response, $answer),
        $self->_check_content($response, $answer, $method eq 'HEAD');
}

# ---- for Client ----

# Errors of child processes are kept in a file until the test ends.
my ($main, $children) = ($$, File::Temp->new);
my ($validator, %reported);

# Fail the running test if a response is not as documented.
sub require_documented {
    my ($method, $path, $answer, $always200) = @_;
    $validator //= OpenApi->new;
    my @wrong = $validator->check_response($method, $path, $answer, $always200);
    return if !@wrong || $reported{"$method $path @wrong"}++;
    my $text = join "\n    ", "$method $path: $answer->{status} is not as documented", @wrong;
    if ($$ == $main) {
        Test::Builder->new->ok(0, $text);
        return;
    }
    syswrite $children, "$text\n";
    return;
}

END {
    if ($$ == $main && -s $children->filename) {
        open my $in, '<', $children->filename;
        Test::Builder->new->diag("in a child process: $_") while <$in>;
        $? ||= 1;
    }
}

1;
