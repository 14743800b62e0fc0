from flask import Blueprint
from portal.infra.access import public_page
blueprint = Blueprint('applications', __name__)
@blueprint.get('/<tenant>/my/')
@public_page
def my_cases():
    return 'stub'
@blueprint.get('/<tenant>/cases/x/')
@public_page
def my_case():
    return 'stub'
